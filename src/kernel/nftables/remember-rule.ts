import { attribute, bigNumber, FLAGS, message, nested, number, text } from './messages.ts'

/** A rule of an `ip6` table that keeps a client's endpoint; see {@link rememberRuleMessages}. */
export interface RememberRule {
  readonly table: string
  readonly chain: string
  /** The map that is written. */
  readonly map: string
  /** Whether the client is kept for a node port: the key is without an address then. */
  readonly nodePort: boolean
  readonly seconds: number
}

const AF_INET6 = 10
const BATCH_BEGIN = 16
const BATCH_END = 17
const NFTABLES = 10
const NEW_RULE = (NFTABLES << 8) | 6

/** Registers of four bytes each, as nf_tables.h numbers them: sixteen of them. */
const FIRST_REGISTER = 8
const ADDRESS_REGISTERS = 4
const NETWORK_HEADER = 1
const TRANSPORT_HEADER = 2

/**
 * The messages for
 *
 *     update @MAP { ip6 saddr . ct original ip6 daddr . ct original proto-dst timeout SECONDS : ip6 daddr . th dport }
 *
 * as one transaction. In nft's language it can't be said: up to 1.1.0 nft reserves sixteen bytes for the key of a map that a rule
 * writes, which are enough for IPv4, and ends with a failed assertion where it needs more.
 */
export function rememberRuleMessages({ table, chain, map, nodePort, seconds }: RememberRule): Buffer {
  const client = FIRST_REGISTER
  const frontend = client + ADDRESS_REGISTERS
  const port = nodePort ? frontend : frontend + ADDRESS_REGISTERS
  const endpoint = port + 1
  const expressions = [
    payload(NETWORK_HEADER, { offset: 8, length: 16, to: client }),
    ...(nodePort ? [] : [original(ORIGINAL_ADDRESS, frontend)]),
    original(ORIGINAL_PORT, port),
    payload(NETWORK_HEADER, { offset: 24, length: 16, to: endpoint }),
    payload(TRANSPORT_HEADER, { offset: 2, length: 2, to: endpoint + ADDRESS_REGISTERS }),
    update(map, { key: client, data: endpoint, milliseconds: BigInt(seconds) * 1000n }),
  ]
  const rule = [text(1, table), text(2, chain), nested(4, ...expressions)]
  const flags = FLAGS.request | FLAGS.create | FLAGS.append | FLAGS.ack
  return Buffer.concat([
    message({ type: BATCH_BEGIN, flags: FLAGS.request, family: 0, resource: NFTABLES }),
    message({ type: NEW_RULE, flags, family: AF_INET6, attributes: rule }),
    message({ type: BATCH_END, flags: FLAGS.request, family: 0, resource: NFTABLES }),
  ])
}

const expression = (name: string, ...attributes: readonly Buffer[]): Buffer => nested(1, text(1, name), nested(2, ...attributes))

const payload = (base: number, { offset, length, to }: { offset: number; length: number; to: number }): Buffer =>
  expression('payload', number(1, to), number(2, base), number(3, offset), number(4, length))

const ORIGINAL_ADDRESS = 22
const ORIGINAL_PORT = 12

/** A part of the tuple of the connection's first packet. */
const original = (part: number, to: number): Buffer =>
  expression('ct', number(1, to), number(2, part), attribute(3, Buffer.of(0)))

const UPDATE = 1

const update = (map: string, { key, data, milliseconds }: { key: number; data: number; milliseconds: bigint }): Buffer =>
  expression('dynset', text(1, map), number(3, UPDATE), number(4, key), number(5, data), bigNumber(6, milliseconds))
