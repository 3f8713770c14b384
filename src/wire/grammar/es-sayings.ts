// Spanish: asking and offering in people's own words.

import type { Sayings } from "./language.ts";

export const esSayings: Sayings = {
  takes: ["yo lo llevo", "lo llevo", "la llevo", "lo llevo yo", "yo lo hago", "lo hago", "puedo", "yo puedo", "me encargo", "yo me encargo", "voy yo"],
  gives: ["entregado", "entregue", "ya entregue", "lo lleve", "ya lo lleve", "lo entregue"],
  needy: ["quien necesita", "quienes necesitan", "alguien necesita"],
  wants: [
    "me prestan", "me presta alguien", "me puede prestar alguien", "alguien me presta", "alguien me puede prestar", "me pueden prestar",
    "pueden prestarme", "nos prestan",
    "busco", "buscamos", "estoy buscando", "estamos buscando", "me hace falta", "nos hace falta", "me hacen falta", "nos hacen falta",
    "hace falta", "hacen falta", "quiero", "queremos", "me pueden dar", "me pueden traer", "pueden traer",
  ],
  asks: [
    "quien tiene", "quienes tienen", "alguien tiene", "tiene alguien", "alguno tiene", "tienen", "hay alguien con", "donde hay",
    "donde consigo", "donde puedo conseguir", "alguien con",
  ],
  offers: [
    "puedo prestar", "podemos prestar", "presto", "prestamos", "puedo ofrecer", "podemos ofrecer", "puedo dar", "podemos dar", "regalo",
    "regalamos", "me sobra", "me sobran", "nos sobra", "nos sobran", "comparto", "compartimos",
  ],
  skills: ["soy", "trabajo de", "trabajo como"],
  enough: [
    "ya no necesito", "ya no necesitamos", "ya no hace falta", "ya no me hace falta", "ya no nos hace falta", "no necesito mas",
    "no necesitamos mas", "no necesito", "no necesitamos", "no hace falta",
  ],
  ifNeeded: [
    "si alguien necesita", "si alguien lo necesita", "si alguien la necesita", "por si alguien necesita", "si hace falta", "por si hace falta",
    "si lo necesitan", "si necesitan", "para quien lo necesite",
  ],
  spare: ["de sobra", "extra", "sobrante", "de mas", "sobra", "sobran"],
  available: ["disponible", "disponibles", "de sobra"],
  please: ["por favor", "porfa", "porfavor"],
}; // prettier-ignore
