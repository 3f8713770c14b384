// A tree on paper and on a screen: indented text, and an SVG of boxes from left to right. How a page stands is a mark in front.

import { html, type Html } from "#base/html.ts";
import { childrenOf, ringsOf, type TreeNode } from "./tree.ts";
import type { NodePhase } from "./plan.ts";

/** A node as it is drawn: its words, and how a page stands there, if one does. */
export interface DrawnNode extends Pick<TreeNode, "id" | "parent"> {
  readonly label: string;
  readonly phase?: NodePhase;
}

export const PHASE_MARKS: Readonly<Record<NodePhase, string>> = {
  idle: "·",
  due: "⏳",
  asked: "⏳",
  answered: "✅",
  declined: "❌",
  skipped: "🚪",
  spared: "–",
};

/** One line a node, children below their parent. */
export function drawText(nodes: readonly DrawnNode[]): string[] {
  const lines: string[] = [];
  const walk = (parent: string | undefined, indent: string): void => {
    const children = childrenOf(nodes, parent);
    for (const [index, node] of children.entries()) {
      const last = index === children.length - 1;
      const branch = parent === undefined ? "" : last ? "└ " : "├ ";
      const mark = node.phase === undefined ? "" : `${PHASE_MARKS[node.phase]} `;
      lines.push(`${indent}${branch}${mark}${node.label}`);
      walk(node.id, parent === undefined ? "" : `${indent}${last ? "  " : "│ "}`);
    }
  };
  walk(undefined, "");
  return lines;
}

const BOX = { width: 190, height: 22, acrossGap: 40, downGap: 6 } as const;
const FILLS: Readonly<Record<NodePhase, string>> = {
  idle: "#ffffff",
  due: "#fff3c4",
  asked: "#fff3c4",
  answered: "#cdeccd",
  declined: "#f6d5d5",
  skipped: "#f3b0b0",
  spared: "#eeeeee",
};
/** What fits in a box at 12 pixels. */
const LABEL = 28;

/** The whole picture as one SVG document. */
export function drawSvg(title: string, nodes: readonly DrawnNode[]): string {
  const places = placesOf(nodes);
  const across = Math.max(...ringsOf(nodes).values(), 1) * (BOX.width + BOX.acrossGap);
  const down = (Math.max(0, ...[...places.values()].map(({ row }) => row)) + 1) * (BOX.height + BOX.downGap) + 30;
  const boxes = nodes.flatMap((node): Html[] => {
    const at = places.get(node.id);
    if (!at) return [];
    const { x, y } = pixels(at);
    const parent = node.parent === undefined ? undefined : places.get(node.parent);
    const mark = node.phase === undefined ? "" : `${PHASE_MARKS[node.phase]} `;
    const label = node.label.length > LABEL ? `${node.label.slice(0, LABEL - 1)}…` : node.label;
    return [
      ...(parent ? [line(pixels(parent), { x, y })] : []),
      html`<rect
        x="${x}"
        y="${y}"
        width="${BOX.width}"
        height="${BOX.height}"
        rx="4"
        fill="${FILLS[node.phase ?? "idle"]}"
        stroke="#555555"
      />`,
      html`<text x="${x + 6}" y="${y + 15}">${mark}${label}</text>`,
    ];
  });
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${across}"
    height="${down}"
    font-family="sans-serif"
    font-size="12"
  >
    <text x="6" y="18" font-weight="bold">${title}</text>
    ${boxes}
  </svg>`.markup;
}

interface Place {
  readonly ring: number;
  readonly row: number;
}

/** Leaves take a row each, a parent stands beside its first child. */
function placesOf(nodes: readonly DrawnNode[]): ReadonlyMap<string, Place> {
  const rings = ringsOf(nodes);
  const places = new Map<string, Place>();
  let row = 0;
  const walk = (parent: string | undefined): void => {
    for (const { id } of childrenOf(nodes, parent)) {
      places.set(id, { ring: rings.get(id)! - 1, row });
      walk(id);
      if (childrenOf(nodes, id).length === 0) row++;
    }
  };
  walk(undefined);
  return places;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function pixels({ ring, row }: Place): Point {
  return { x: 6 + ring * (BOX.width + BOX.acrossGap), y: 30 + row * (BOX.height + BOX.downGap) };
}

function line(from: Point, to: Point): Html {
  const middle = BOX.height / 2;
  const [x1, y1, y2] = [from.x + BOX.width, from.y + middle, to.y + middle];
  return html`<path
    d="M ${x1} ${y1} C ${x1 + 20} ${y1} ${to.x - 20} ${y2} ${to.x} ${y2}"
    fill="none"
    stroke="#999999"
  />`;
}
