// Spanish: asking for what the neighbourhood knows, and the answers.

import type { Inquiries } from "./language.ts";

export const esInquiries: Inquiries = {
  words: {
    info: ["info", "informacion sobre", "guia", "procedimiento", "procedimientos"],
    services: ["servicios", "servicio"],
    inbox: ["buzon", "mis mensajes", "para mi"],
    messages: ["mensajes", "que me perdi", "historial", "novedades"],
    calendar: ["calendario", "cursos", "simulacros", "proximo simulacro"],
    join: ["apuntar", "apuntarme", "me apunto", "apuntame"],
  },
  more: " (sigue: responde MAS)",
  noMore: "Eso era todo.",
  list: "Envia info y una palabra: {names}",
  nothingWritten: "Aqui no hay nada escrito todavia. Alguien leera tu pregunta.",
  notFound: 'Nada sobre "{words}". {stored} alguien lo leera. La lista: envia info',
  noServices: "Aqui no hay servicios comunes en la lista.",
  down: "CAIDO {services}.",
  downOne: "{name} desde {time} ({owner})",
  up: "En marcha: {names}.",
  unchecked: "Sin comprobar: {names}.",
  willTell: " Se te avisa del proximo cambio.",
  changed: { up: "{name} funciona otra vez ({time}).", down: "{name} no funciona desde {time}. Pregunta a {owner}." },
  nothingMissed: "Nada nuevo para ti desde {time}.",
  otherwise: { inbox: " {n} en el canal: envia mensajes", messages: " {n} solo para ti: envia buzon" },
  missed: { inbox: "{n} para ti, lo ultimo primero:", messages: "{n} en el canal, lo ultimo primero:" },
  noTrainings: "No hay ningun curso previsto.",
  trainings: "Para apuntarte envia apuntar t7:",
  reminder: "{title}, {when}{place}. Para apuntarte envia: apuntar {reference}",
  signedUp: "Te has apuntado a {reference} {title}, {when}.",
  noSuchTraining: "No hay tal curso previsto. La lista: envia calendario",
  days: ["dom", "lun", "mar", "mie", "jue", "vie", "sab"],
};
