import ipaddr from 'ipaddr.js'
import { nameKey, type NameKey } from './dns-names.ts'
import { CLASS_IN, HEADER, TYPE } from './dns-numbers.ts'

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
export interface SoaTimers {
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

export interface Sections {
  readonly answers?: readonly DnsRecord[]
  readonly authorities?: readonly DnsRecord[]
  readonly extras?: readonly DnsRecord[]
}

/** Everything of an answer behind its question, ready to be copied behind any question whose name is as long. */
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
  const writer = new Writer(
    question,
    [...answers, ...authorities, ...extras].reduce((sum, record) => sum + roomFor(record), 0),
  )
  for (const record of answers) writer.record(record)
  const answersEnd = writer.length
  for (const record of authorities) writer.record(record)
  const extrasAt = writer.length
  for (const record of extras) writer.record(record)
  return {
    answers: answers.length,
    authorities: authorities.length,
    extras: extras.length,
    bytes: writer.bytes(),
    extrasAt,
    stride: answers.length > 0 && answers.every(isAddress) ? answersEnd / answers.length : 0,
  }
}

const isAddress = ({ type }: DnsRecord, _: number, [first]: readonly DnsRecord[]): boolean =>
  (type === 'A' || type === 'AAAA') && type === first!.type

/** An upper bound of a record's size: its names in full, its type, class, TTL and length, and its numbers. */
function roomFor(record: DnsRecord): number {
  const names = Object.values(record).reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length + 2 : 0), 0)
  return names + 10 + 20
}

/** A pointer has 14 bits. */
const POINTER_REACH = 0x3fff

class Writer {
  readonly #buffer: Buffer
  readonly #question: NameKey
  /** What is before the first byte written here: the header and the question. */
  readonly #base: number
  readonly #known = new Map<NameKey, number>()
  #at = 0

  constructor(question: NameKey, room: number) {
    this.#question = question
    this.#base = HEADER + question.length + 4
    this.#buffer = Buffer.allocUnsafe(room)
  }

  get length(): number {
    return this.#at
  }

  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at))
  }

  record(record: DnsRecord): void {
    this.#name(nameKey(record.name))
    this.#number16(TYPE[record.type])
    this.#number16(CLASS_IN)
    this.#number32(record.ttl)
    const lengthAt = this.#at
    this.#at += 2
    this.#data(record)
    this.#buffer.writeUInt16BE(this.#at - lengthAt - 2, lengthAt)
  }

  #data(record: DnsRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        for (const byte of addressBytes(record.address)) this.#at = this.#buffer.writeUInt8(byte, this.#at)
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
    if (key === this.#question) return this.#number16(0xc000 | HEADER)
    if (this.#known.size === 0) this.#learn(this.#question, HEADER)
    for (let cut = 0; cut < key.length - 1; cut += key.charCodeAt(cut) + 1) {
      const known = this.#known.get(key.slice(cut))
      if (known === undefined) continue
      this.#learn(key, this.#base + this.#at, cut)
      this.#at += this.#buffer.write(key.slice(0, cut), this.#at, 'latin1')
      return this.#number16(0xc000 | known)
    }
    this.#wholeName(key)
  }

  /** The target of an SRV record is never compressed (RFC 2782), but others may point at it. */
  #wholeName(key: NameKey): void {
    this.#learn(key, this.#base + this.#at)
    this.#at += this.#buffer.write(key, this.#at, 'latin1')
  }

  /** Remembers that `key` stands at byte `start` of the message, and with it the names it ends with, up to `until`. */
  #learn(key: NameKey, start: number, until = key.length - 1): void {
    for (let cut = 0; cut < until && start + cut <= POINTER_REACH; cut += key.charCodeAt(cut) + 1) {
      const suffix = key.slice(cut)
      if (!this.#known.has(suffix)) this.#known.set(suffix, start + cut)
    }
  }

  #text(text: string): void {
    const bytes = Buffer.from(text).subarray(0, 255)
    this.#at = this.#buffer.writeUInt8(bytes.length, this.#at)
    this.#at += bytes.copy(this.#buffer, this.#at)
  }

  #number16(number: number): void {
    this.#at = this.#buffer.writeUInt16BE(number, this.#at)
  }

  #number32(number: number): void {
    this.#at = this.#buffer.writeUInt32BE(number, this.#at)
  }
}

const addressBytes = (address: string): number[] =>
  address.includes(':') ? ipaddr.parse(address).toByteArray() : address.split('.').map(Number)
