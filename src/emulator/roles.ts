// What a radio is set up to be, and what follows from it (meshtastic-facts 4.5, 2.3, 0.8).

import { PORT } from "./packet.ts";

/** Config.DeviceConfig.Role. */
export const ROLE = { client: 0, clientMute: 1, router: 2, routerLate: 11, clientBase: 12 } as const;

export type Role = (typeof ROLE)[keyof typeof ROLE];

export interface RoleRules {
  /** Relays what it hears for others. */
  readonly relays: boolean;
  /** Relays before the clients do. */
  readonly early: boolean;
  /** Relays although another was heard to. */
  readonly always: boolean;
  /** Goes behind all others once another was heard. */
  readonly late: boolean;
  /** rebroadcast_mode CORE_PORTNUMS_ONLY is its default (since 2.5.9). */
  readonly coreOnly: boolean;
  /** Answers strangers with its NodeInfo and asks back (meshtastic-facts 2.10). */
  readonly meetsStrangers: boolean;
  /** A chain of such radios that favour each other counts as one hop. */
  readonly keepsHops: boolean;
}

const CLIENT: RoleRules = {
  relays: true,
  early: false,
  always: false,
  late: false,
  coreOnly: false,
  meetsStrangers: true,
  keepsHops: false,
};
const ROUTER: RoleRules = {
  ...CLIENT,
  early: true,
  always: true,
  coreOnly: true,
  meetsStrangers: false,
  keepsHops: true,
};

/** CLIENT_BASE is a router for its favourites and a client for all others. */
const RULES: ReadonlyMap<Role, RoleRules> = new Map([
  [ROLE.client, CLIENT],
  [ROLE.clientMute, { ...CLIENT, relays: false }],
  [ROLE.router, ROUTER],
  [ROLE.routerLate, { ...ROUTER, early: false, late: true }],
  [ROLE.clientBase, { ...CLIENT, meetsStrangers: false, keepsHops: true }],
]);

/** `forFavourite`: the packet comes from or goes to a favourite of this radio. */
export function rulesOf(role: Role, forFavourite: boolean): RoleRules {
  const rules = RULES.get(role) ?? CLIENT;
  return role === ROLE.clientBase && forFavourite ? { ...rules, early: true, always: true, late: true } : rules;
}

/** What CORE_PORTNUMS_ONLY lets through: 1, 3 to 8, 11, 12, 35, 65, 67, 70 (F mesh/Router.cpp). */
const CORE: ReadonlySet<number> = new Set([
  PORT.text,
  PORT.position,
  PORT.nodeInfo,
  PORT.routing,
  PORT.admin,
  7,
  PORT.waypoint,
  PORT.alert,
  12,
  35,
  65,
  PORT.telemetry,
  PORT.traceroute,
]);

export function isCorePort(portnum: number): boolean {
  return CORE.has(portnum);
}
