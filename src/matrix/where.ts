// Whether a homeserver's address lets strangers on the way read the access token.

/** Names of private networks: RFC 6762 (.local), RFC 8375 (home.arpa), and what routers hand out. */
const PRIVATE_NAME = /(^|\.)(localhost|local|lan|internal|home\.arpa)$|^[^.:]+$/i;

/** Loopback, RFC 1918, RFC 3927, RFC 6598; in IPv6 ::1, fc00::/7 and fe80::/10. */
const PRIVATE_ADDRESS =
  /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^\[(::1|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/i;

/** True for http:// to a host that is neither this machine nor on a private network. */
export function isOpenHttp(homeserver: string): boolean {
  if (!URL.canParse(homeserver)) return false;
  const { protocol, hostname } = new URL(homeserver);
  return protocol === "http:" && !PRIVATE_NAME.test(hostname) && !PRIVATE_ADDRESS.test(hostname);
}
