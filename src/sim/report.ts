// A rehearsal on one page that opens offline: map, airtime by class, who was heard when, how long words took. The figures are
// drawn here as SVG; the page's few lines of script only join what is pointed at in one picture to the others.

import type { Simulation } from "./simulation.ts";
import { BEGIN } from "./simulation.ts";
import type { AirClass } from "./record.ts";
import { BINS, CLASSES } from "./record.ts";

const WIDTH = 960;
const LEFT = 84;
const PLOT = WIDTH - LEFT - 10;

/** Told apart by people who see colours differently, too (Okabe and Ito 2008). */
const COLOURS: Readonly<Record<AirClass, string>> = {
  gateway: "#0072b2",
  residents: "#56b4e9",
  distress: "#d55e00",
  acks: "#999999",
  introductions: "#e69f00",
  positions: "#f0e442",
  stranger: "#000000",
  other: "#cc79a7",
};

/** The report of a simulation that has been run. */
export function reportPage(simulation: Simulation): string {
  const { name, about } = simulation.scenario;
  const parts = [
    section(
      "map",
      "Who stands where",
      mapOf(simulation),
      "Darker: the gateway heard it in more of the time. Lines: who hears the gateway.",
    ),
    section("airtime", "Airtime by class, all radios together", airtimeOf(simulation), legend()),
    section(
      "heard",
      "Whom the gateway heard when",
      heardOf(simulation),
      "One row for each radio, the gateway's own first.",
    ),
    section(
      "delivery",
      "How long words took",
      deliveryOf(simulation),
      "Share of what was said that had arrived after so long.",
    ),
    section("figures", "Figures", figuresOf(simulation), ""),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(name)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style></head>
<body><h1>${escaped(name)}</h1><p>${escaped(about)}</p>
${parts.join("\n")}
<script>${SCRIPT}</script></body></html>
`;
}

const STYLE = `body{font:15px/1.4 system-ui,sans-serif;max-width:${WIDTH}px;margin:2em auto;padding:0 1em;color:#222}
h2{font-size:1.1em;margin:1.6em 0 .3em}svg{width:100%;height:auto;background:#fafafa}text{font-size:11px;fill:#555}
.note{color:#666;margin:.2em 0}.axis{stroke:#ccc}.is-pointed{stroke:#d55e00!important;stroke-width:3}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}table{border-collapse:collapse}
td,th{padding:.2em 1em .2em 0;text-align:left;border-bottom:1px solid #eee}`;

/** Points at one radio everywhere at once. */
const SCRIPT = `"use strict";
const marked = () => document.querySelectorAll(".is-pointed");
const point = (station) => {
  for (const each of marked()) each.classList.remove("is-pointed");
  if (station === undefined) return;
  for (const each of document.querySelectorAll('[data-station="' + station + '"]')) each.classList.add("is-pointed");
};
document.addEventListener("pointerover", (event) => point(event.target.dataset ? event.target.dataset.station : undefined));
document.body.dataset.ready = String(document.querySelectorAll("#map [data-station]").length);`;

function section(id: string, title: string, body: string, note: string): string {
  return `<section id="${id}"><h2>${title}</h2><p class="note">${note}</p>${body}</section>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function svg(height: number, body: string, label: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${body}</svg>`;
}

function legend(): string {
  return CLASSES.map((name) => `<span class="key" style="background:${COLOURS[name]}"></span>${name}`).join("");
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

// ───────────────────────────── the map ─────────────────────────────

const MARGIN = 20;

function mapOf({ street, cast, record }: Simulation): string {
  const { links } = street.physical!;
  const nodes = street.nodes();
  const places = nodes.map(({ station }) => links.place(station));
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  const [west, south] = [Math.min(...xs), Math.min(...ys)];
  const scale = (WIDTH - 2 * MARGIN) / Math.max(1, Math.max(...xs) - west, (Math.max(...ys) - south) * 1.6);
  const height = Math.max(120, (Math.max(...ys) - south) * scale + 2 * MARGIN);
  const at = (station: number): [number, number] => [
    rounded(MARGIN + (places[station]!.x - west) * scale),
    rounded(height - MARGIN - (places[station]!.y - south) * scale),
  ];
  const [gatewayX, gatewayY] = at(0);
  const heard = nodes.filter(({ station }) => station > 0 && links.level(0, station) >= links.sensitivity);
  const lines = heard.map(({ station }) => {
    const [x, y] = at(station);
    return `<line x1="${gatewayX}" y1="${gatewayY}" x2="${x}" y2="${y}" stroke="#0072b2" stroke-opacity=".12"/>`;
  });
  const routers = new Set(cast.routers.map(({ node }) => node.station));
  const marks = nodes.map(({ station, identity }) => {
    const [x, y] = at(station);
    const share = record.heard[station]!.reduce((sum, each) => sum + each, 0) / BINS;
    const [fill, size] = station === 0 ? ["#0072b2", 9] : routers.has(station) ? ["#009e73", 8] : [grey(share), 5];
    const title = `<title>${escaped(identity.longName)}: heard in ${Math.round(100 * share)} % of the time</title>`;
    return `<circle data-station="${station}" cx="${x}" cy="${y}" r="${size}" fill="${fill}" stroke="#555">${title}</circle>`;
  });
  return svg(Math.round(height), [...lines, ...marks].join(""), "map");
}

/** White for never, black for always; few are heard in more than a third of the bins. */
function grey(share: number): string {
  const light = Math.round(245 - 200 * Math.min(1, share * 3));
  return `rgb(${light},${light},${light})`;
}

// ───────────────────────────── over time ─────────────────────────────

const TALL = 220;

function airtimeOf({ record, scenario }: Simulation): string {
  const sums = Array.from({ length: BINS }, (_, bin) =>
    CLASSES.reduce((sum, name) => sum + record.airtime[name][bin]!, 0),
  );
  const top = Math.max(record.bin / 4, ...sums);
  const below = new Float64Array(BINS);
  const width = PLOT / BINS;
  const bands = CLASSES.map((name) => {
    const bars = Array.from({ length: BINS }, (_, bin) => {
      const value = record.airtime[name][bin]!;
      if (value === 0) return "";
      const foot = TALL * (1 - below[bin]! / top);
      below[bin] = below[bin]! + value;
      const head = TALL * (1 - below[bin] / top);
      return `M${rounded(LEFT + bin * width)} ${rounded(foot)}V${rounded(head)}h${rounded(width)}V${rounded(foot)}z`;
    });
    return `<path fill="${COLOURS[name]}" d="${bars.join("")}"><title>${name}</title></path>`;
  });
  const line = [...record.utilisation].map(
    (share, bin) => `${rounded(LEFT + (bin + 0.5) * width)},${rounded(TALL * (1 - share))}`,
  );
  const used = `<polyline fill="none" stroke="#222" points="${line.join(" ")}"><title>channel utilisation at the gateway</title></polyline>`;
  const marks = [25, 50, 100].map((percent) => mark(TALL * (1 - percent / 100), `${percent} %`));
  const note = `<text x="${LEFT + 6}" y="12">line: utilisation at the gateway; areas: up to ${Math.round((100 * top) / record.bin)} % of the time</text>`;
  return svg(TALL + 24, [...marks, ...bands, used, note, hours(scenario.length, TALL)].join(""), "airtime");
}

function mark(y: number, label: string): string {
  // The topmost label stands under its line, or it would be cut off.
  const foot = Math.max(11, y + 4);
  return `<line class="axis" x1="${LEFT}" x2="${WIDTH - 10}" y1="${rounded(y)}" y2="${rounded(y)}"/><text x="4" y="${rounded(foot)}">${label}</text>`;
}

function hours(length: number, y: number): string {
  return Array.from({ length: 7 }, (_, tick) => {
    const x = LEFT + (PLOT * tick) / 6;
    return `<text x="${rounded(x - 10)}" y="${y + 18}">${rounded((length * tick) / 6 / 3_600_000)} h</text>`;
  }).join("");
}

/** More radios than this have rows too thin for their names. */
const NAMED_ROWS = 80;

function heardOf({ street, record, scenario }: Simulation): string {
  const nodes = street.nodes();
  const named = nodes.length <= NAMED_ROWS;
  const row = named ? 12 : 4;
  const width = PLOT / BINS;
  const rows = nodes.map(({ station, identity }) => {
    const y = rounded((station + 0.5) * row);
    const dashes = Array.from(record.heard[station]!, (heard, bin) =>
      heard ? `M${rounded(LEFT + bin * width)} ${y}h${rounded(width)}` : "",
    );
    const name = !named ? "" : `<text x="4" y="${y + 4}">${escaped(identity.longName.slice(0, 12))}</text>`;
    const title = `<title>${escaped(identity.longName)}</title>`;
    return `${name}<path data-station="${station}" stroke="#0072b2" stroke-width="${row - 1}" d="${dashes.join("") || `M${LEFT} ${y}`}">${title}</path>`;
  });
  return svg(nodes.length * row + 24, rows.join("") + hours(scenario.length, nodes.length * row), "heard");
}

// ───────────────────────────── delivery ─────────────────────────────

/** Seconds at the ends of the logarithmic axis. */
const SOONEST = 0.3;
const LATEST = 7200;
const TICKS = [
  [1, "1 s"],
  [10, "10 s"],
  [60, "1 min"],
  [600, "10 min"],
  [3600, "1 h"],
] as const;

function deliveryOf({ record, scenario }: Simulation): string {
  const curves = [
    { name: "residents to the gateway", colour: COLOURS.residents, of: record.upward(), delays: record.upwardDelays() },
    { name: "calls for help", colour: COLOURS.distress, of: record.upward(true), delays: record.upwardDelays(true) },
    {
      name: "the gateway to residents",
      colour: COLOURS.gateway,
      of: record.downward(scenario.households),
      delays: record.downwardDelays(),
    },
  ].filter(({ of }) => of.said > 0);
  const x = (seconds: number): number =>
    rounded(LEFT + (PLOT * Math.log(Math.max(SOONEST, seconds) / SOONEST)) / Math.log(LATEST / SOONEST));
  const ticks = TICKS.map(([seconds, label]) => `<text x="${x(seconds)}" y="${TALL + 18}">${label}</text>`);
  const marks = [0, 50, 90, 100].map((percent) => mark(TALL * (1 - percent / 100), `${percent} %`));
  const lines = curves.map(({ name, colour, of, delays }, index) => {
    const sorted = delays.sort((a, b) => a - b);
    const step = Math.max(1, Math.floor(sorted.length / 400));
    const points = sorted.flatMap((delay, count) =>
      count % step === 0 || count === sorted.length - 1
        ? [`${x(delay)},${rounded(TALL * (1 - (count + 1) / of.said))}`]
        : [],
    );
    const label = `<text x="${WIDTH - 240}" y="${TALL - 50 + index * 16}" style="fill:${colour}">${name} (${of.arrived} of ${of.said})</text>`;
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(" ")}"><title>${name}</title></polyline>${label}`;
  });
  return svg(TALL + 24, [...marks, ...ticks, ...lines].join(""), "delivery");
}

function figuresOf(simulation: Simulation): string {
  const result = simulation.result();
  const rows: [string, string | number][] = [
    ["seed", result.seed],
    ["preset, firmware, region", `${result.preset}, ${result.firmware}, ${result.region}`],
    ["radios", result.nodes],
    ["hours", rounded((simulation.now - BEGIN) / 3_600_000)],
    ["transmissions", result.transmissions],
    ...Object.entries(result.receptions).map(([fate, count]): [string, number] => [`receptions: ${fate}`, count]),
    ["channel utilisation at the gateway, mean and peak", `${result.utilisation.mean} %, ${result.utilisation.peak} %`],
    ["digest", result.digest],
  ];
  return `<table>${rows.map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`).join("")}</table>`;
}
