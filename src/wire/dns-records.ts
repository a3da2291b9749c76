import ipaddr from 'ipaddr.js'
import { nameKey, type NameKey } from './dns-names.ts'
import { CLASS_IN, HEADER, MAX_MESSAGE, TYPE } from './dns-numbers.ts'

interface Common {
  /** In its usual form, without the final dot. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
}

/** A resource record. */
export type DnsRecord = Common &
  (
    | { readonly type: 'A' | 'AAAA'; readonly address: string }
    | { readonly type: 'CNAME' | 'NS' | 'PTR'; readonly target: string }
    | {
        readonly type: 'SRV'
        readonly priority: number
        readonly weight: number
        readonly port: number
        readonly target: string
      }
    | { readonly type: 'TXT'; readonly text: string }
    | { readonly type: 'HINFO'; readonly cpu: string; readonly os: string }
    | { readonly type: 'SOA'; readonly nameServer: string; readonly mailbox: string; readonly timers: SoaTimers }
  )

/** RFC 1035 3.3.13; seconds, but for the serial. */
interface SoaTimers {
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

interface Sections {
  readonly answers?: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly extras?: readonly DnsRecord[]
}

/**
 * Everything of an answer behind its question, ready to be copied behind any question whose name is as long. Where that is more than
 * a message can hold, `bytes` ends behind the record that is too much, while the counts are those of the whole.
 */
export interface EncodedSections {
  readonly answers: number
  readonly authorities: number
  readonly extras: number
  readonly bytes: Buffer
  /** Where the extras begin in `bytes`. */
  readonly extrasAt: number
  /** How many bytes each answer has where they all have as many and may change places; otherwise 0. */
  readonly stride: number
}

/** Encodes what follows a question for `question`, names compressed against it and each other (RFC 1035 4.1.4). */
export function encodeSections(question: NameKey, { answers = [], authorities = [], extras = [] }: Sections): EncodedSections {
  const writer = new Writer(question)
  writer.records(answers)
  const answersEnd = writer.length
  writer.records(authorities)
  const extrasAt = writer.length
  writer.records(extras)
  return {
    answers: answers.length,
    authorities: authorities.length,
    extras: extras.length,
    bytes: writer.bytes(),
    extrasAt,
    stride: answers.length > 0 && answersEnd <= MAX_MESSAGE && answers.every(isAddress) ? answersEnd / answers.length : 0,
  }
}

const isAddress = ({ type }: DnsRecord, _: number, [first]: readonly DnsRecord[]): boolean =>
  (type === 'A' || type === 'AAAA') && type === first!.type

/** A pointer has 14 bits. */
const POINTER_REACH = 0x3fff

class Writer {
  readonly #bytes: number[] = []
  readonly #question: NameKey
  /** What is before the first byte written here: the header and the question. */
  readonly #base: number
  readonly #known = new Map<NameKey, number>()

  constructor(question: NameKey) {
    this.#question = question
    this.#base = HEADER + question.length + 4
  }

  get length(): number {
    return this.#bytes.length
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }

  /** As many of them as a message could hold, and one more. */
  records(records: readonly DnsRecord[]): void {
    for (const record of records) {
      if (this.length > MAX_MESSAGE) return
      this.record(record)
    }
  }

  record(record: DnsRecord): void {
    this.#name(nameKey(record.name))
    this.#number16(TYPE[record.type])
    this.#number16(CLASS_IN)
    this.#number32(record.ttl)
    const lengthAt = this.length
    this.#number16(0)
    this.#data(record)
    const length = this.length - lengthAt - 2
    this.#bytes[lengthAt] = length >> 8
    this.#bytes[lengthAt + 1] = length & 0xff
  }

  #data(record: DnsRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        for (const byte of addressBytes(record.address)) this.#bytes.push(byte)
        return
      case 'CNAME':
      case 'NS':
      case 'PTR':
        return this.#name(nameKey(record.target))
      case 'SRV':
        for (const number of [record.priority, record.weight, record.port]) this.#number16(number)
        return this.#wholeName(nameKey(record.target))
      case 'TXT':
        return this.#text(record.text)
      case 'HINFO':
        this.#text(record.cpu)
        return this.#text(record.os)
      case 'SOA': {
        this.#name(nameKey(record.nameServer))
        this.#name(nameKey(record.mailbox))
        const { serial, refresh, retry, expire, minimum } = record.timers
        for (const number of [serial, refresh, retry, expire, minimum]) this.#number32(number)
      }
    }
  }

  #name(key: NameKey): void {
    if (key === this.#question) return this.#pointer(HEADER)
    if (this.#known.size === 0) this.#learn(this.#question, HEADER)
    for (let cut = 0; cut < key.length - 1; cut += key.charCodeAt(cut) + 1) {
      const known = this.#known.get(key.slice(cut))
      if (known === undefined) continue
      this.#learn(key, this.#base + this.length, cut)
      this.#characters(key.slice(0, cut))
      return this.#pointer(known)
    }
    this.#wholeName(key)
  }

  /** The target of an SRV record is never compressed (RFC 2782), but others may point at it. */
  #wholeName(key: NameKey): void {
    this.#learn(key, this.#base + this.length)
    this.#characters(key)
  }

  /** Remembers that `key` stands at byte `start` of the message, and with it the names it ends with, up to `until`. */
  #learn(key: NameKey, start: number, until = key.length - 1): void {
    for (let cut = 0; cut < until && start + cut <= POINTER_REACH; cut += key.charCodeAt(cut) + 1) {
      const suffix = key.slice(cut)
      if (!this.#known.has(suffix)) this.#known.set(suffix, start + cut)
    }
  }

  #pointer(to: number): void {
    this.#number16(0xc000 | to)
  }

  #text(text: string): void {
    const bytes = Buffer.from(text).subarray(0, 255)
    this.#bytes.push(bytes.length, ...bytes)
  }

  #characters(text: string): void {
    for (let at = 0; at < text.length; at++) this.#bytes.push(text.charCodeAt(at))
  }

  #number16(number: number): void {
    this.#bytes.push((number >> 8) & 0xff, number & 0xff)
  }

  #number32(number: number): void {
    this.#number16(number >>> 16)
    this.#number16(number)
  }
}

const addressBytes = (address: string): number[] =>
  address.includes(':') ? ipaddr.parse(address).toByteArray() : address.split('.').map(Number)
