import { semanticEqual } from '../../api/index.ts'
import {
  type DnsRecord,
  type EncodedSections,
  encodeSections,
  isWithin,
  nameKey,
  type NameKey,
  parentOf,
  TYPE,
} from '../../wire/index.ts'

/** What is sent to those who ask for one type. */
export interface TypedAnswer {
  readonly type: number
  readonly sections: EncodedSections
}

/** A name that exists. */
export interface NameEntry {
  /** One for each type there is, ready to be sent. They are few, so whoever wants one looks through them. */
  readonly answers: readonly TypedAnswer[]
  /** Where the name is only another name for something: that. */
  readonly alias: string | undefined
  readonly records: readonly DnsRecord[]
}

/** What one owner says about one name. */
interface Claim {
  readonly owner: string
  readonly records: readonly DnsRecord[]
  /** The addresses of what the records point at: a client would ask for them next (RFC 2782). */
  readonly extras: readonly DnsRecord[]
}

/** Changes only while its name is claimed; whoever asked for it sees it whole. */
interface Entry extends NameEntry {
  answers: readonly TypedAnswer[]
  alias: string | undefined
  records: readonly DnsRecord[]
  /** Sorted by owner: what several say together doesn't depend on who came first. */
  claims: readonly Claim[]
  /** How many names one label longer exist. A name with some exists too (RFC 8020). */
  below: number
}

const NOTHING: readonly never[] = []

/**
 * All names of the cluster with their answers. Every change is made in full before it returns, so whatever is asked after
 * {@link set} is answered from it.
 */
export class NameIndex {
  readonly #zone: NameKey
  readonly #entries = new Map<NameKey, Entry>()
  readonly #owned = new Map<string, readonly NameKey[]>()

  /** The names between the top of `zone` and a record exist as well; outside of it only those with records do. */
  constructor(zone: NameKey) {
    this.#zone = zone
  }

  /** undefined for a name that doesn't exist. */
  get(name: NameKey): NameEntry | undefined {
    return this.#entries.get(name)
  }

  /** Every name, in no particular order. */
  names(): IterableIterator<NameKey> {
    return this.#entries.keys()
  }

  /** From now on `owner` says exactly `records`, and tells `extras` along with what points at them. Returns whether that changed anything. */
  set(owner: string, records: readonly DnsRecord[], extras: readonly DnsRecord[] = NOTHING): boolean {
    const before = this.#owned.get(owner) ?? NOTHING
    const after = claimsOf(owner, records, extras)
    const changed = [...after].filter(([name, claim]) => !isSame(this.#claimOf(name, owner), claim))
    const gone = before.filter((name) => !after.has(name))
    for (const [name, claim] of changed) this.#claim(name, claim)
    for (const name of gone) this.#claim(name, { owner, records: NOTHING, extras: NOTHING })
    if (after.size > 0) this.#owned.set(owner, [...after.keys()])
    else this.#owned.delete(owner)
    return changed.length + gone.length > 0
  }

  #claimOf(name: NameKey, owner: string): Claim | undefined {
    return this.#entries.get(name)?.claims.find((claim) => claim.owner === owner)
  }

  #claim(name: NameKey, claim: Claim): void {
    const entry = this.#enter(name)
    const others = entry.claims.filter(({ owner }) => owner !== claim.owner)
    entry.claims = claim.records.length === 0 ? others : [...others, claim].sort((a, b) => (a.owner < b.owner ? -1 : 1))
    entry.records = entry.claims.length === 1 ? entry.claims[0]!.records : entry.claims.flatMap(({ records }) => records)
    entry.answers = answersOf(name, entry)
    entry.alias = entry.records.find(isAlias)?.target
    this.#leaveIfEmpty(name, entry)
  }

  #enter(name: NameKey): Entry {
    const known = this.#entries.get(name)
    if (known) return known
    const entry: Entry = { answers: NOTHING, alias: undefined, records: NOTHING, claims: NOTHING, below: 0 }
    this.#entries.set(name, entry)
    const parent = this.#parentOf(name)
    if (parent !== undefined) this.#enter(parent).below++
    return entry
  }

  #leaveIfEmpty(name: NameKey, entry: Entry): void {
    if (entry.claims.length > 0 || entry.below > 0) return
    this.#entries.delete(name)
    const parent = this.#parentOf(name)
    const above = parent === undefined ? undefined : this.#entries.get(parent)
    if (!above) return
    above.below--
    this.#leaveIfEmpty(parent!, above)
  }

  #parentOf(name: NameKey): NameKey | undefined {
    const parent = parentOf(name)
    return parent !== undefined && isWithin(parent, this.#zone) ? parent : undefined
  }
}

/** Comparing this many records costs more than claiming them again, as they are encoded when they are asked for. */
const MANY = 100

const isSame = (before: Claim | undefined, after: Claim): boolean =>
  before !== undefined && after.records.length <= MANY && semanticEqual(before, after)

function claimsOf(owner: string, records: readonly DnsRecord[], extras: readonly DnsRecord[]): ReadonlyMap<NameKey, Claim> {
  const byName = Map.groupBy(records, ({ name }) => name)
  const addresses = Map.groupBy([...extras, ...records].filter(isAddress), ({ name }) => name)
  const extrasOf = (record: DnsRecord): readonly DnsRecord[] =>
    'target' in record && pointsAtServer(record) ? (addresses.get(record.target) ?? NOTHING) : NOTHING
  return new Map(
    [...byName].map(([name, mine]) => [nameKey(name), { owner, records: mine, extras: uniqueRecords(mine.flatMap(extrasOf)) }]),
  )
}

/** One answer for each type of record; a record that two owners give is told once. */
function answersOf(name: NameKey, { claims, records }: Entry): readonly TypedAnswer[] {
  const extras = uniqueRecords(claims.flatMap((claim) => claim.extras))
  const byType = Map.groupBy(claims.length > 1 ? uniqueRecords(records) : records, ({ type }) => type)
  return [...byType].map(([type, answers]) => {
    const sections = () => encodeSections(name, pointsAtServer({ type }) ? { answers, extras } : { answers })
    return answers.length > MANY ? new LateAnswer(TYPE[type], sections) : { type: TYPE[type], sections: sections() }
  })
}

/** An answer so long that it is encoded when it is asked for: endpoints by the thousand change more often than that. */
class LateAnswer implements TypedAnswer {
  readonly type: number
  readonly #encode: () => EncodedSections
  #sections: EncodedSections | undefined

  constructor(type: number, encode: () => EncodedSections) {
    this.type = type
    this.#encode = encode
  }

  get sections(): EncodedSections {
    return (this.#sections ??= this.#encode())
  }
}

const pointsAtServer = ({ type }: Pick<DnsRecord, 'type'>): boolean => type === 'SRV' || type === 'NS'

const isAlias = (record: DnsRecord): record is DnsRecord & { readonly target: string } => record.type === 'CNAME'

const isAddress = ({ type }: DnsRecord): boolean => type === 'A' || type === 'AAAA'

const uniqueRecords = (records: readonly DnsRecord[]): readonly DnsRecord[] =>
  records.length < 2 ? records : [...new Map(records.map((record) => [JSON.stringify(record), record])).values()]
