import { BadImage } from '../image.ts'
import { type Bytes, bytesOf } from './bytes.ts'
import { BLOCK, type Entry, type EntryType, padding, TYPE_FLAGS, XATTR } from './entry.ts'

/** One entry and its bytes, which are there until the next one is asked for. */
export interface Member {
  readonly entry: Entry
  readonly body: AsyncIterable<Buffer>
}

type Records = Readonly<Record<string, string>>

/** The longest header of names and attributes that is believed; bytes. */
const LONGEST_HEADER = 1 << 20
const TYPES = new Map(Object.entries(TYPE_FLAGS).map(([type, flag]) => [flag, type as EntryType]))

/** Reads a tar archive as ustar, pax and GNU tar write it. Throws {@link BadImage} for what isn't one, and for sparse files. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<Member> {
  const bytes = bytesOf(source)
  try {
    yield* readMembers(bytes)
    // To the end, so that whoever sums the stream sees all of it.
    while (await bytes.take(BLOCK));
  } finally {
    await bytes.close()
  }
}

async function* readMembers(bytes: Bytes): AsyncGenerator<Member> {
  let common: Records = {}
  let own: Records = {}
  for (;;) {
    const header = await bytes.take(BLOCK)
    if (!header || header.every((byte) => byte === 0)) return
    checkSum(header)
    const flag = text(header, 156, 1)
    const size = number(header, 124, 12)
    if (flag === 'g') common = { ...common, ...paxRecords(await readHeader(bytes, size)) }
    else if (flag === 'x') own = { ...own, ...paxRecords(await readHeader(bytes, size)) }
    else if (flag === 'L') own = { ...own, path: cString(await readHeader(bytes, size)) }
    else if (flag === 'K') own = { ...own, linkpath: cString(await readHeader(bytes, size)) }
    else {
      yield* readMember(bytes, entryOf(header, { ...common, ...own }))
      own = {}
    }
  }
}

async function* readMember(bytes: Bytes, entry: Entry): AsyncGenerator<Member> {
  const body = bytes.pass(entry.size)
  yield { entry, body }
  for await (const _ of body);
  await drain(bytes, padding(entry.size))
}

const drain = async (bytes: Bytes, length: number): Promise<void> => {
  for await (const _ of bytes.pass(length));
}

async function readHeader(bytes: Bytes, size: number): Promise<Buffer> {
  if (size > LONGEST_HEADER) throw new BadImage('the archive has a name or an attribute that is too long')
  const content = size === 0 ? Buffer.alloc(0) : await bytes.take(size)
  if (!content) throw new BadImage('the archive is cut off')
  await drain(bytes, padding(size))
  return content
}

function entryOf(header: Buffer, records: Records): Entry {
  const name = records['path'] ?? joined(header)
  const flag = text(header, 156, 1)
  if (flag === 'S' || Object.keys(records).some((key) => key.startsWith('GNU.sparse')))
    throw new BadImage(`${name}: a sparse file`)
  const isOldFolder = (flag === '' || flag === '0') && name.endsWith('/')
  const type = isOldFolder ? 'folder' : flag === '' || flag === '7' ? 'file' : TYPES.get(flag)
  if (!type) throw new BadImage(`${name}: an entry of the unknown type "${flag}"`)
  const size = type === 'file' ? numberFrom(records['size'], () => number(header, 124, 12)) : 0
  if (!Number.isSafeInteger(size) || size < 0) throw new BadImage(`${name}: of an impossible size`)
  return {
    name,
    type,
    size,
    mode: number(header, 100, 8) & 0o7777,
    uid: numberFrom(records['uid'], () => number(header, 108, 8)),
    gid: numberFrom(records['gid'], () => number(header, 116, 8)),
    mtime: Math.floor(numberFrom(records['mtime'], () => number(header, 136, 12))),
    link: records['linkpath'] ?? text(header, 157, 100),
    xattrs: xattrsOf(records),
  }
}

const xattrsOf = (records: Records): Records =>
  Object.fromEntries(
    Object.entries(records)
      .filter(([key]) => key.startsWith(XATTR))
      .map(([key, value]) => [key.slice(XATTR.length), value]),
  )

/** ustar splits a long name in two. */
const joined = (header: Buffer): string => {
  const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : ''
  return prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
}

const cString = (content: Buffer): string => text(content, 0, content.length)

const text = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('latin1', 0, end < 0 ? length : end)
}

const numberFrom = (record: string | undefined, otherwise: () => number): number => {
  if (record === undefined) return otherwise()
  const value = Number(record)
  if (!Number.isFinite(value)) throw new BadImage(`the archive has a number "${record}"`)
  return value
}

/** Octal digits, or with the first bit set, a binary number that may be below zero. */
function number(header: Buffer, start: number, length: number): number {
  const field = header.subarray(start, start + length)
  const isBinary = (field[0]! & 0x80) !== 0
  const value = isBinary
    ? Number(BigInt.asIntN(length * 8 - 1, BigInt(`0x${field.toString('hex')}`)))
    : parseInt(text(header, start, length).trim() || '0', 8)
  if (Number.isNaN(value)) throw new BadImage('the archive has a number that is none')
  return value
}

function checkSum(header: Buffer): void {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (number(header, 148, 8) !== sum) throw new BadImage('this is not a tar archive, or it is damaged')
}

/** `LENGTH KEY=VALUE\n`, again and again. */
function paxRecords(content: Buffer): Records {
  const records: Record<string, string> = {}
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at)
    const length = Number(content.toString('latin1', at, space))
    const record = content.toString('latin1', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (space < 0 || !(length > space - at) || at + length > content.length || equals < 1)
      throw new BadImage('the archive has a damaged header')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return records
}
