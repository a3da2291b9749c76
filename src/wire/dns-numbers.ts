/** Numbers of the protocol that have names (IANA, Domain Name System Parameters). */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const

export const CLASS_IN = 1

/** Bytes before the question. */
export const HEADER = 12

/** The largest message over TCP, whose length has two bytes (RFC 1035 4.2.2). */
export const MAX_MESSAGE = 65_535

const TYPE_NAMES = new Map<number, string>(Object.entries(TYPE).map(([name, number]) => [number, name]))
const RCODE_NAMES = new Map<number, string>(Object.entries(RCODE).map(([name, number]) => [number, name]))

/** `A`, or `TYPE65` for one without a name here (RFC 3597 5). */
export const typeName = (type: number): string => TYPE_NAMES.get(type) ?? `TYPE${type}`
export const rcodeName = (rcode: number): string => RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`
