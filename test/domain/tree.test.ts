// Call trees: what is wrong with one, how it is made from zones, and how it is drawn.

import { describe, expect, it } from "vitest";
import { drawSvg, drawText } from "#domain/calltree/draw.ts";
import { checkTree, ringsOf, treeFromZones, type Tree, type TreeNode } from "#domain/calltree/tree.ts";

describe("trees", () => {
  const plain = (id: string, more: Partial<TreeNode> = {}): TreeNode => ({
    id,
    contacts: ["member 1"],
    alternates: [],
    ways: ["radio"],
    minutes: 5,
    ...more,
  });
  const everybody = (): number[] => [1];
  const treeOf = (nodes: TreeNode[], most = 15): Tree => ({ name: "t", most, nodes });

  it.each([
    ["a circle", treeOf([plain("a", { parent: "b" }), plain("b", { parent: "a" })]), /in a circle/],
    ["a parent that is not there", treeOf([plain("a", { parent: "x" })]), /which is not in the tree/],
    ["a name given twice", treeOf([plain("a"), plain("a")]), /given twice/],
    ["nobody", treeOf([]), /nobody is in it/],
    ["a neck", treeOf([plain("a"), plain("b", { parent: "a" }), plain("c", { parent: "b" })], 1), /cuts off 2 others/],
    ["a group that is too small", treeOf([plain("a", { take: 2 })]), /2 have to take it/],
  ])("refuses %s", (_name, tree, why) => {
    expect(checkTree(tree, everybody).find(({ kind }) => kind === "error")?.what).toMatch(why);
  });

  it("is built from zones, stands the check, and is drawn", () => {
    const houses = [
      { house: "1", members: [1] },
      { house: "2", members: [2] },
      { house: "3", members: [3, 4] },
    ];
    const tree = treeFromZones("zones", [{ number: 1, captain: 1, deputy: 2, houses }]);
    expect(tree.nodes.map(({ id, parent }) => [id, parent])).toEqual([
      ["zone-1", undefined],
      ["home-2", "zone-1"],
      ["home-3", "zone-1"],
    ]);
    expect(checkTree(tree, everybody)).toEqual([]);
    const drawn = tree.nodes.map((each) => ({ ...each, label: `<${each.id}>`, phase: "answered" as const }));
    expect(drawText(drawn)).toEqual(["✅ <zone-1>", "├ ✅ <home-2>", "└ ✅ <home-3>"]);
    expect(drawSvg("t", drawn)).toContain("&lt;zone-1&gt;");
    expect(ringsOf(tree.nodes).get("home-3")).toBe(2);
  });
});
