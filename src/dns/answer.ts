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
import type { NameEntry, NameIndex } from './name-index.ts'
import { addressType, PODS, undashed } from './names.ts'
import type { RecordOptions } from './records.ts'

/** What to do with a query. `forward`: ask others for `name`, and put `aliases`, which lead to it, before what they say. */
export type Decision =
  | { readonly kind: 'reply'; readonly reply: DnsReply }
  | { readonly kind: 'forward'; readonly name: NameKey; readonly aliases: readonly DnsRecord[] }

export interface AnswerOptions extends RecordOptions {
  readonly index: NameIndex
  /** Whether a Pod of this namespace has this address, where names of Pods are answered at all. */
  readonly isPod: (namespace: string, address: string) => boolean
}

/** Aliases of aliases are followed this far, so that a circle ends (CoreDNS, plugin/backend_lookup.go). */
const MAX_ALIASES = 8
/** Seconds: what ANY is answered with never changes. */
const ANY_TTL = 8482
const CLASS_IN = 1

/** Decides about queries, from what the index holds at that moment. */
export class Answerer {
  readonly #options: AnswerOptions
  readonly #zone: NameKey
  readonly #pods: NameKey
  /** Negative answers by the length of the question's name: in all else they are the same. */
  readonly #negatives = new Map<number, EncodedSections>()
  #serial: number

  constructor(options: AnswerOptions, serial: number) {
    this.#options = options
    this.#zone = nameKey(options.zone)
    this.#pods = nameKey(`${PODS}.${options.zone}`)
    this.#serial = serial
  }

  /** Tells that something changed, at `serial`: seconds since the epoch. */
  changed(serial: number): void {
    this.#serial = serial
    this.#negatives.clear()
  }

  decide(query: DnsQuery): Decision {
    const { name, type } = query
    if (query.edns && query.edns.version > 0) return reply(failure(RCODE.BADVERS))
    if (query.class !== CLASS_IN || type === TYPE.AXFR || type === TYPE.IXFR) return reply(failure(RCODE.REFUSED))
    if (type === TYPE.ANY) return reply(minimalAny(name))
    const entry = this.#options.index.get(name)
    if (entry) return this.#fromEntry(query, entry)
    if (!isWithin(name, this.#zone)) return { kind: 'forward', name, aliases: [] }
    if (isWithin(name, this.#pods)) return reply(this.#fromPod(name, type))
    return reply(this.#negative(name, RCODE.NXDOMAIN))
  }

  #fromEntry({ name, type }: DnsQuery, entry: NameEntry): Decision {
    const answer = entry.answers.find((one) => one.type === type)
    if (answer) return reply({ rcode: RCODE.NOERROR, authoritative: true, sections: answer.sections })
    if (entry.alias !== undefined) return this.#follow(name, type, entry)
    if (name === this.#zone && type === TYPE.SOA) return reply(this.#startOfAuthority())
    return reply(this.#negative(name, RCODE.NOERROR))
  }

  /** From alias to alias until a name is something else, or is not the cluster's. */
  #follow(name: NameKey, type: number, start: NameEntry): Decision {
    const aliases: DnsRecord[] = []
    let entry: NameEntry | undefined = start
    let target = name
    while (entry?.alias !== undefined && aliases.length < MAX_ALIASES) {
      aliases.push(...entry.records)
      target = nameKey(entry.alias)
      entry = this.#options.index.get(target)
    }
    if (entry?.alias !== undefined) return reply(failure(RCODE.SERVFAIL))
    if (!entry && !isWithin(target, this.#zone)) return { kind: 'forward', name: target, aliases }
    const answers = [...aliases, ...(entry?.records ?? []).filter((record) => TYPE[record.type] === type)]
    const found = answers.length > aliases.length
    const sections = encodeSections(name, { answers, authorities: found ? [] : [this.#soa()] })
    return reply({ rcode: entry ? RCODE.NOERROR : RCODE.NXDOMAIN, authoritative: true, sections })
  }

  /** `10-244-0-5.default.pod.cluster.local`. Every namespace may have Pods, so the names above them exist. */
  #fromPod(name: NameKey, type: number): DnsReply {
    const [label = '', namespace, ...more] = nameOf(name.slice(0, name.length - this.#pods.length) + '\0').split('.')
    if (namespace === undefined) return this.#negative(name, RCODE.NOERROR)
    const address = more.length > 0 ? undefined : undashed(label)
    if (address === undefined || !this.#options.isPod(namespace, address)) return this.#negative(name, RCODE.NXDOMAIN)
    const record: DnsRecord = { name: nameOf(name), ttl: this.#options.ttl, type: addressType(address), address }
    if (TYPE[record.type] !== type) return this.#negative(name, RCODE.NOERROR)
    return { rcode: RCODE.NOERROR, authoritative: true, sections: encodeSections(name, { answers: [record] }) }
  }

  /** For a name outside of the zone (a Service's address, a fixed host) there is no SOA to give: it has other owners. */
  #negative(name: NameKey, rcode: number): DnsReply {
    if (!isWithin(name, this.#zone)) return { rcode, authoritative: true }
    let sections = this.#negatives.get(name.length)
    if (!sections) this.#negatives.set(name.length, (sections = encodeSections(name, { authorities: [this.#soa()] })))
    return { rcode, authoritative: true, sections }
  }

  #startOfAuthority(): DnsReply {
    return { rcode: RCODE.NOERROR, authoritative: true, sections: encodeSections(this.#zone, { answers: [this.#soa()] }) }
  }

  /** The figures are CoreDNS's (plugin/backend_lookup.go); the TTL is how long a client may believe that a name is not there. */
  #soa(): DnsRecord {
    const { zone, ttl } = this.#options
    const timers = { serial: this.#serial, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl }
    return { name: zone, ttl, type: 'SOA', nameServer: `ns.dns.${zone}`, mailbox: `hostmaster.${zone}`, timers }
  }
}

const reply = (of: DnsReply): Decision => ({ kind: 'reply', reply: of })

/** RFC 8482 4.2: one record that says where to read why there are no others. */
const minimalAny = (name: NameKey): DnsReply => ({
  rcode: RCODE.NOERROR,
  authoritative: true,
  sections: encodeSections(name, { answers: [{ name: nameOf(name), ttl: ANY_TTL, type: 'HINFO', cpu: 'RFC8482', os: '' }] }),
})
