// A call tree as data. A node is a person or an office ("captain 3") that is to be reached; whoever is below it is asked when it
// has answered, or when it cannot be reached. A node that says how many have to `take` it is a group instead: all its contacts are
// asked together, and the nodes below it are asked only if too few of them took it in time.
//
// Contacts and alternates are written as people write them and are found when a page starts, so a new captain is in every tree at
// once: "captain 3", "deputy 3", "member 7", "house 14" (its people in their order), or a name.

export const WAYS = ["radio", "matrix", "foot"] as const;
/** `foot`: nobody can send anything there; a neighbour goes. */
export type Way = (typeof WAYS)[number];

export interface TreeNode {
  /** Unique in its tree; no blanks. */
  readonly id: string;
  readonly parent?: string;
  /** Whose node it is, in the order in which they are tried. */
  readonly contacts: readonly string[];
  /** Who stands in for them. */
  readonly alternates: readonly string[];
  /** In the order in which they are tried; all at once where a page is urgent. */
  readonly ways: readonly Way[];
  /** Time to answer. */
  readonly minutes: number;
  readonly take?: number;
}

export interface Tree {
  readonly name: string;
  /** If one node's silence cuts off more than so many others until it has run out of time, `check` says so. */
  readonly most: number;
  readonly nodes: readonly TreeNode[];
}

export const DEFAULT_WAYS: readonly Way[] = ["radio", "matrix"];
export const DEFAULT_MINUTES = 10;
export const DEFAULT_MOST = 15;

export function childrenOf<T extends Pick<TreeNode, "id" | "parent">>(nodes: readonly T[], id?: string): T[] {
  return nodes.filter(({ parent }) => parent === id);
}

/** The node itself first. */
export function branchOf<T extends Pick<TreeNode, "id" | "parent">>(nodes: readonly T[], node: T): T[] {
  return [node, ...childrenOf(nodes, node.id).flatMap((child) => branchOf(nodes, child))];
}

/** By node, 1 for the roots. Only for trees without a cycle. */
export function ringsOf(nodes: readonly Pick<TreeNode, "id" | "parent">[]): ReadonlyMap<string, number> {
  const rings = new Map<string, number>();
  const walk = (parent: string | undefined, ring: number): void => {
    for (const { id } of childrenOf(nodes, parent)) {
      rings.set(id, ring);
      walk(id, ring + 1);
    }
  };
  walk(undefined, 1);
  return rings;
}

// ───────────────────────────── checking ─────────────────────────────

export interface Fault {
  readonly node?: string;
  /** `advice`: it works, but not as well as it could. */
  readonly kind: "error" | "advice";
  readonly what: string;
}

/** `peopleOf`: whom a contact means now, or none. Everything that is wrong, at once; a tree with an error cannot be used. */
export function checkTree(tree: Tree, peopleOf: (contact: string) => readonly number[]): Fault[] {
  const { nodes, most } = tree;
  if (nodes.length === 0) return [{ kind: "error", what: "nobody is in it" }];
  const shape = shapeFaults(nodes);
  if (shape.length > 0) return shape;
  const faults: Fault[] = [];
  for (const node of nodes) {
    const { id, contacts, alternates, take } = node;
    const known = contacts.flatMap(peopleOf);
    for (const contact of [...contacts, ...alternates])
      if (peopleOf(contact).length === 0) faults.push({ node: id, kind: "advice", what: `nobody is "${contact}" now` });
    if (known.length === 0 && alternates.flatMap(peopleOf).length === 0)
      faults.push({ node: id, kind: "error", what: "nobody in it can be found" });
    if (take !== undefined && take > known.length)
      faults.push({ node: id, kind: "error", what: `${take} have to take it, but it has ${known.length}` });
    const below = branchOf(nodes, node).length - 1;
    if (take === undefined && below > most && alternates.length === 0 && known.length < 2)
      faults.push({
        node: id,
        kind: "error",
        what: `its silence cuts off ${below} others (at most ${most}): name an alternate, or divide the branch`,
      });
  }
  return faults;
}

function shapeFaults(nodes: readonly TreeNode[]): Fault[] {
  const faults: Fault[] = [];
  const ids = new Set<string>();
  for (const { id, parent, contacts } of nodes) {
    if (ids.has(id)) faults.push({ node: id, kind: "error", what: "this name is given twice" });
    ids.add(id);
    if (contacts.length === 0) faults.push({ node: id, kind: "error", what: "it has no contact" });
    if (parent !== undefined && !nodes.some((other) => other.id === parent))
      faults.push({ node: id, kind: "error", what: `it is below "${parent}", which is not in the tree` });
  }
  if (faults.length > 0) return faults;
  const reached = ringsOf(nodes);
  return nodes
    .filter(({ id }) => !reached.has(id))
    .map(({ id }) => ({ node: id, kind: "error", what: "it is in a circle, or below one: no page gets there" }));
}

// ───────────────────────────── from zones ─────────────────────────────

export interface ZoneOfTree {
  readonly number: number;
  readonly captain?: number;
  readonly deputy?: number;
  readonly houses: readonly { readonly house: string; readonly members: readonly number[] }[];
}

/**
 * Captains first, the homes of their zone below them. A zone without a captain hangs from its deputy, one without either has its
 * homes in the first ring. Homes without people are left out: nobody can be asked there.
 */
export function treeFromZones(name: string, zones: readonly ZoneOfTree[]): Tree {
  const common = { ways: DEFAULT_WAYS, minutes: DEFAULT_MINUTES };
  const nodes = zones.flatMap(({ number, captain, deputy, houses }): TreeNode[] => {
    const offices = [
      ...(captain === undefined ? [] : [`captain ${number}`]),
      ...(deputy === undefined ? [] : [`deputy ${number}`]),
    ];
    const [head, ...alternates] = offices;
    const id = `zone-${number}`;
    const leader = captain ?? deputy;
    const homes = houses.filter(({ members }) => members.some((each) => each !== leader));
    return [
      ...(head === undefined ? [] : [{ id, contacts: [head], alternates, ...common }]),
      ...homes.map(({ house }) => ({
        id: `home-${house}`,
        contacts: [`house ${house}`],
        alternates: [],
        ...common,
        ...(head === undefined ? {} : { parent: id }),
      })),
    ];
  });
  const widest = Math.max(DEFAULT_MOST, ...zones.map(({ houses }) => houses.length));
  return { name, most: widest, nodes };
}
