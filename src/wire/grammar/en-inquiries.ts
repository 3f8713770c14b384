// English: asking for what the neighbourhood knows, and the answers.

import type { Inquiries } from "./language.ts";

export const enInquiries: Inquiries = {
  words: {
    info: ["info", "information on", "how to", "guide", "procedure", "procedures"],
    services: ["services", "service"],
    inbox: ["inbox", "my messages", "for me"],
    messages: ["messages", "missed", "what did i miss", "history", "news"],
    calendar: ["calendar", "trainings", "drills", "next drill", "next training", "when is the next drill"],
    join: ["join", "sign up", "sign me up", "count me in"],
  },
  more: " (more: reply MORE)",
  noMore: "That was all.",
  list: "Send info and a word: {names}",
  nothingWritten: "Nothing is written down here yet. People will read your question.",
  notFound: 'Nothing about "{words}". {stored} people will read it. For the list send: info',
  noServices: "No shared services are listed here.",
  down: "DOWN {services}.",
  downOne: "{name} since {time} ({owner})",
  up: "Up: {names}.",
  unchecked: "Not checked: {names}.",
  willTell: " You hear of the next change.",
  changed: { up: "{name} is up again ({time}).", down: "{name} is down since {time}. Ask {owner}." },
  nothingMissed: "Nothing new for you since {time}.",
  otherwise: { inbox: " {n} on the channel: send messages", messages: " {n} for you alone: send inbox" },
  missed: { inbox: "{n} for you, newest first:", messages: "{n} on the channel, newest first:" },
  noTrainings: "No training is planned.",
  trainings: "Send join t7 to sign up:",
  reminder: "{title}, {when}{place}. Sign up: send join {reference}",
  signedUp: "You are signed up for {reference} {title}, {when}.",
  noSuchTraining: "There is no such training ahead. For the list send: calendar",
  days: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};
