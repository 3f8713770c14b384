// English: asking and offering in people's own words.

import type { Sayings } from "./language.ts";

export const enSayings: Sayings = {
  takes: ["i can take", "ill take", "i will take", "can take", "i can do", "i can do it", "ill do", "ill do it", "i can bring", "ill bring", "on it", "i can"],
  gives: ["delivered", "dropped off", "handed over", "brought", "have brought", "have given"],
  needy: ["who needs", "who need", "does anyone need", "anyone need", "anyone needs"],
  wants: [
    "can i borrow", "could i borrow", "can we borrow", "borrow", "can someone lend", "can anyone lend", "can someone lend me", "can anyone lend me",
    "can someone lend us", "can somebody lend me", "could someone lend me",
    "looking for", "can i get", "can we get", "could i get", "could we get", "can i have", "can we have", "could i have", "could we have",
    "could use", "would like", "i want", "we want", "want",
  ],
  asks: [
    "who has", "who got", "who have", "has anyone got", "has anybody got", "does anyone have", "does anybody have", "does someone have",
    "anyone have", "anyone has", "anyone got", "anybody have", "anybody has", "anybody got", "do you have", "have you got", "anyone with", "is anyone a", "is anyone an", "is there a",
    "where can i find", "where can i get",
  ],
  offers: [
    "can lend", "could lend", "lend", "lending", "can offer", "could offer", "can give", "could give", "can spare", "could spare", "can share",
    "giving away", "free",
  ],
  skills: ["im a", "i am a", "im an", "i am an"],
  enough: [
    "dont need", "do not need", "no longer need", "dont need any more", "dont need any", "not need", "no need for", "dont want",
    "no longer needed", "no more need for",
  ],
  ifNeeded: [
    "if anyone needs", "if anyone needs it", "if anybody needs", "if anybody needs it", "if someone needs", "if someone needs it", "if you need",
    "if you need it", "if needed", "if anyone need", "for anyone who needs it", "for whoever needs it", "anyone can use", "come by",
  ],
  spare: ["spare", "extra", "leftover", "left over", "surplus", "to spare"],
  available: ["available", "to spare", "free to use", "for free"],
  please: ["please", "pls", "plz"],
}; // prettier-ignore
