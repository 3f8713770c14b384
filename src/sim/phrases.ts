// What residents say, in the languages of a street: how they are, what they need, what they talk about, and what nobody can
// make anything of.

export type Mood = "fine" | "need" | "distress" | "talk" | "wrong";

type Phrases = Readonly<Record<Mood, readonly string[]>>;

export const PHRASES: Readonly<Record<string, Phrases>> = {
  en: {
    fine: ["ok", "we are fine", "all ok here", "OK 2 adults 1 cat", "good, thanks"],
    need: ["need water", "need insulin by tonight", "need a ladder", "out of candles"],
    distress: ["SOS", "help gas smell", "HELP trapped in basement", "emergency, broken leg"],
    talk: [
      "anyone has power?",
      "bakery is open",
      "dog found, brown, no collar",
      "road blocked at the bridge",
      "thanks!",
    ],
    wrong: ["asdf", "test", "?", "how do i turn this off", "k", "."],
  },
  es: {
    fine: ["bien", "estamos bien", "todo ok en casa", "sin novedad"],
    need: ["necesito agua", "falta insulina", "necesitamos mantas"],
    distress: ["ayuda", "SOCORRO huele a gas", "auxilio, persona atrapada"],
    talk: ["¿hay luz en su calle?", "la farmacia está abierta", "gracias vecinos", "perro perdido, ñandú no"],
    wrong: ["hola?", "prueba", "no se como va esto"],
  },
  de: {
    fine: ["alles gut", "uns geht es gut", "ok"],
    need: ["brauchen Wasser", "Batterien alle", "brauche Medikamente"],
    distress: ["SOS", "Hilfe, Gasgeruch", "Notfall im Keller"],
    talk: ["hat jemand Strom?", "Bäcker hat auf", "Straße gesperrt", "danke"],
    wrong: ["test", "?", "geht das"],
  },
  ja: {
    fine: ["無事です", "大丈夫です", "OK"],
    need: ["水が必要です", "薬が足りません"],
    distress: ["SOS", "助けて", "けが人がいます"],
    talk: ["停電していますか", "店が開いています", "ありがとう"],
    wrong: ["テスト", "？"],
  },
};
