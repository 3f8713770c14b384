// The languages there are: one row each. Words of distress of further languages are known too, so that a call in them is
// never taken for chat; everything else in them is kept and shown to people.

import { en } from "./en.ts";
import { es } from "./es.ts";
import type { Language } from "./language.ts";

export const LANGUAGES: readonly Language[] = [en, es];

/** The language for a resident; an unknown or absent code is the first that we have. */
export function languageOf(code: string | undefined): Language {
  const wanted = (code ?? "").toLowerCase().split("-")[0];
  return LANGUAGES.find((language) => language.code === wanted) ?? LANGUAGES[0]!;
}

/** Calls for help in languages without a file of their own, as a native speaker would shout them. */
export const DISTRESS_ELSEWHERE: readonly string[] = [
  // French, German, Italian, Portuguese, Dutch, Swedish, Polish, Romanian, Turkish
  "au secours", "secours", "à l'aide", "aidez-moi", "aidez-nous", "urgence",
  "hilfe", "hilf mir", "notfall", "notruf", "zu hilfe", "aiuto", "aiutatemi", "soccorso", "emergenza",
  "ajuda", "me ajude", "ajudem", "emergência", "noodgeval", "noodsituatie", "hjälp", "hjelp", "hjælp", "pomocy", "ratunku", "na pomoc",
  "ajutor", "urgență", "imdat", "yardım edin", "acil",
  // Russian, Ukrainian, Greek
  "помогите", "на помощь", "спасите", "сос", "допоможіть", "рятуйте", "на допомогу", "βοήθεια",
  // Tagalog, Vietnamese, Indonesian, Haitian Creole, Swahili, Somali
  "saklolo", "tulong", "tulungan", "cứu", "cấp cứu", "tolong", "darurat", "anmwe", "msaada", "i caawi",
]; // prettier-ignore

/** In scripts that put no spaces between words; looked for anywhere in the text. */
export const DISTRESS_UNSPACED: readonly string[] = [
  "救命", "求救", "紧急", "緊急", "助けて", "たすけて", "살려", "도와주세요", "النجدة", "ساعدوني", "مساعدة", "کمک", "مدد", "बचाओ", "मदद", "ช่วยด้วย", "הצילו", "עזרה",
]; // prettier-ignore
