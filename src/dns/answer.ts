import {
  type DnsQuery,
  type DnsRecord,
  type DnsReply,
  type EncodedSections,
  encodeSections,
  failure,
  isWithin,
  nameKey,
  type NameKey,
  nameOf,
  RCODE,
  TYPE,
} from '../wire/index.ts'
import type { SearchPathOf } from './search/path.ts'
import { type Known, walk } from './search/walk.ts'
import type { NameEntry, NameIndex } from './zone/name-index.ts'
import { addressType, PODS, undashed } from './zone/names.ts'
import type { RecordOptions } from './zone/records.ts'

/** What to do with a query. */
export type Decision = { readonly kind: 'reply'; readonly reply: DnsReply } | AskOthers

/**
 * Others are asked about each of `leads` until one answers, and what led there is put before what they say. `otherwise` is
 * the answer when none does; left out, what was said of the last.
 */
export interface AskOthers {
  readonly kind: 'ask'
  readonly leads: readonly Lead[]
  readonly otherwise?: DnsReply
}

/** A name to ask others about, and the aliases that lead to it from the name in the query. */
export interface Lead {
  readonly name: NameKey
  readonly aliases: readonly DnsRecord[]
}

export interface AnswerOptions extends RecordOptions {
  readonly index: NameIndex
  /** Zones in which nothing exists but what the index has: the cluster's, and those for whose names nobody else shall be asked. */
  readonly authority: readonly string[]
  /** Whether a Pod of this namespace has this address, where names of Pods are answered at all. */
  readonly isPod: (namespace: string, address: string) => boolean
  /** Where the rest of a client's search path is gone for it. */
  readonly searchPathOf?: SearchPathOf | undefined
  /** Told when that found something. */
  readonly onShortcut?: () => void
}

/** Aliases of aliases are followed this far, so that a circle ends (CoreDNS, plugin/backend_lookup.go). */
const MAX_ALIASES = 8
/** Seconds: what ANY is answered with never changes. */
const ANY_TTL = 8482
const CLASS_IN = 1

/** Decides about queries, from what the index holds at that moment. */
export class Answerer {
  readonly #options: AnswerOptions
  readonly #pods: NameKey
  /** The longest first. */
  readonly #authority: readonly NameKey[]
  /** Negative answers by zone and the length of the question's name: in all else they are the same. */
  readonly #negatives = new Map<NameKey, Map<number, EncodedSections>>()
  #serial: number

  constructor(options: AnswerOptions, serial: number) {
    this.#options = options
    this.#pods = nameKey(`${PODS}.${options.zone}`)
    this.#authority = options.authority.map(nameKey).sort((a, b) => b.length - a.length)
    this.#serial = serial
  }

  /** Tells that something changed, at `serial`: seconds since the epoch. */
  changed(serial: number): void {
    this.#serial = serial
    this.#negatives.clear()
  }

  /** What `client`, an address, is to be told. */
  decide(query: DnsQuery, client: string): Decision {
    const { name, type } = query
    if (query.edns && query.edns.version > 0) return reply(failure(RCODE.BADVERS))
    if (query.class !== CLASS_IN || type === TYPE.AXFR || type === TYPE.IXFR) return reply(failure(RCODE.REFUSED))
    if (type === TYPE.ANY) return reply(minimalAny(name))
    const entry = this.#options.index.get(name)
    if (entry) return this.#fromEntry(name, type, entry)
    if (isWithin(name, this.#pods)) return reply(this.#fromPod(name, type))
    const zone = this.#zoneOf(name)
    if (zone === undefined) return { kind: 'ask', leads: [{ name, aliases: [] }] }
    if (name === zone) return type === TYPE.SOA ? reply(this.#startOfAuthority(zone)) : reply(this.#negative(name, RCODE.NOERROR))
    return this.#alongPath(name, type, client) ?? reply(this.#negative(name, RCODE.NXDOMAIN))
  }

  #fromEntry(name: NameKey, type: number, entry: NameEntry): Decision {
    const answer = entry.answers.find((one) => one.type === type)
    if (answer) return reply({ rcode: RCODE.NOERROR, authoritative: true, sections: answer.sections })
    if (entry.alias !== undefined) return this.#follow(name, type, entry.records)
    if (type === TYPE.SOA && this.#authority.includes(name)) return reply(this.#startOfAuthority(name))
    return reply(this.#negative(name, RCODE.NOERROR))
  }

  /** From alias to alias until a name is something else, or is not the cluster's. */
  #follow(name: NameKey, type: number, start: readonly DnsRecord[]): Decision {
    const aliases: DnsRecord[] = []
    let records: readonly DnsRecord[] | undefined = start
    let target = name
    for (let alias = aliasIn(records); alias !== undefined && aliases.length < MAX_ALIASES; alias = aliasIn(records)) {
      aliases.push(...(records ?? []))
      target = nameKey(alias)
      records = this.#recordsOf(target)
    }
    if (aliasIn(records) !== undefined) return reply(failure(RCODE.SERVFAIL))
    if (!records && this.#zoneOf(target) === undefined) return { kind: 'ask', leads: [{ name: target, aliases }] }
    const answers = [...aliases, ...(records ?? []).filter((record) => TYPE[record.type] === type)]
    const found = answers.length > aliases.length
    const authorities = found ? [] : this.#soaFor(target)
    const sections = encodeSections(name, { answers, authorities })
    return reply({ rcode: records ? RCODE.NOERROR : RCODE.NXDOMAIN, authoritative: true, sections })
  }

  /** What the client would find further along its search path, as an alias of what it asks for (CoreDNS, plugin/autopath). */
  #alongPath(name: NameKey, type: number, client: string): Decision | undefined {
    const { searchPathOf, ttl, onShortcut } = this.#options
    const path = type === TYPE.A || type === TYPE.AAAA ? searchPathOf?.(client) : undefined
    const found = path && walk(name, path, (candidate) => this.#know(candidate))
    if (!found) return undefined
    const leadTo = (target: NameKey): DnsRecord => ({ name: nameOf(name), ttl, type: 'CNAME', target: nameOf(target) })
    if (found.kind === 'ask') {
      const leads = found.names.map((target) => ({ name: target, aliases: [leadTo(target)] }))
      return { kind: 'ask', leads, otherwise: this.#negative(name, RCODE.NXDOMAIN) }
    }
    onShortcut?.()
    return this.#follow(name, type, [leadTo(found.name)])
  }

  #know(name: NameKey): Known {
    const records = this.#recordsOf(name)
    if (records) return records.some(({ type }) => type === 'A' || type === 'AAAA' || type === 'CNAME') ? 'found' : 'empty'
    return this.#zoneOf(name) === undefined ? 'outside' : 'missing'
  }

  #recordsOf(name: NameKey): readonly DnsRecord[] | undefined {
    const entry = this.#options.index.get(name)
    if (entry) return entry.records
    const pod = isWithin(name, this.#pods) ? this.#podRecord(name) : undefined
    return typeof pod === 'object' ? [pod] : undefined
  }

  /** `10-244-0-5.default.pod.cluster.local`. Every namespace may have Pods, so the names above them exist. */
  #fromPod(name: NameKey, type: number): DnsReply {
    const record = this.#podRecord(name)
    if (record === 'missing') return this.#negative(name, RCODE.NXDOMAIN)
    if (record === 'above' || TYPE[record.type] !== type) return this.#negative(name, RCODE.NOERROR)
    return { rcode: RCODE.NOERROR, authoritative: true, sections: encodeSections(name, { answers: [record] }) }
  }

  #podRecord(name: NameKey): DnsRecord | 'missing' | 'above' {
    const [label = '', namespace, ...more] = nameOf(name.slice(0, name.length - this.#pods.length) + '\0').split('.')
    if (namespace === undefined) return 'above'
    const address = more.length > 0 ? undefined : undashed(label)
    if (address === undefined || !this.#options.isPod(namespace, address)) return 'missing'
    return { name: nameOf(name), ttl: this.#options.ttl, type: addressType(address), address }
  }

  #zoneOf(name: NameKey): NameKey | undefined {
    return this.#authority.find((zone) => isWithin(name, zone))
  }

  /** For a name outside of the zones (a Service's address, a fixed host) there is no SOA to give: it has other owners. */
  #negative(name: NameKey, rcode: number): DnsReply {
    const zone = this.#zoneOf(name)
    if (zone === undefined) return { rcode, authoritative: true }
    let byLength = this.#negatives.get(zone)
    if (!byLength) this.#negatives.set(zone, (byLength = new Map()))
    let sections = byLength.get(name.length)
    if (!sections) byLength.set(name.length, (sections = encodeSections(name, { authorities: [this.#soa(zone)] })))
    return { rcode, authoritative: true, sections }
  }

  #startOfAuthority(zone: NameKey): DnsReply {
    return { rcode: RCODE.NOERROR, authoritative: true, sections: encodeSections(zone, { answers: [this.#soa(zone)] }) }
  }

  #soaFor(name: NameKey): DnsRecord[] {
    const zone = this.#zoneOf(name)
    return zone === undefined ? [] : [this.#soa(zone)]
  }

  /** The figures are CoreDNS's (plugin/backend_lookup.go); the TTL is how long a client may believe that a name is not there. */
  #soa(key: NameKey): DnsRecord {
    const { ttl } = this.#options
    const zone = nameOf(key)
    const timers = { serial: this.#serial, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl }
    return { name: zone, ttl, type: 'SOA', nameServer: `ns.dns.${zone}`, mailbox: `hostmaster.${zone}`, timers }
  }
}

const reply = (of: DnsReply): Decision => ({ kind: 'reply', reply: of })

const aliasIn = (records: readonly DnsRecord[] | undefined): string | undefined =>
  records?.find((record): record is DnsRecord & { readonly target: string } => record.type === 'CNAME')?.target

/** RFC 8482 4.2: one record that says where to read why there are no others. */
const minimalAny = (name: NameKey): DnsReply => ({
  rcode: RCODE.NOERROR,
  authoritative: true,
  sections: encodeSections(name, { answers: [{ name: nameOf(name), ttl: ANY_TTL, type: 'HINFO', cpu: 'RFC8482', os: '' }] }),
})
