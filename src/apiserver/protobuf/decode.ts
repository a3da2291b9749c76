import { badRequest } from '../http/status-error.ts'
import { fieldsIn } from './reader.ts'
import { tables } from './tables.ts'
import type { Field } from './tables.ts'
import { wellKnown } from './well-known.ts'

/** What every protobuf body of Kubernetes begins with. */
const MAGIC = Buffer.from('k8s\0')

type Json = Record<string, unknown>

/**
 * The object in a body of type `application/vnd.kubernetes.protobuf`, as JSON has it. Throws BadRequest when it is none,
 * or of a kind that isn't known. https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function decodeProtobuf(body: Buffer): Json {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('the body of the request lacks the prefix of Kubernetes protobuf')
  const { apiVersion, kind, raw } = envelope(body.subarray(MAGIC.length))
  const { roots } = tables()
  const root = roots[`${apiVersion} ${kind}`] ?? (kind === 'DeleteOptions' ? roots['v1 DeleteOptions'] : undefined)
  if (!root) throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}"`)
  return { kind, apiVersion, ...message(raw, root) }
}

/** `runtime.Unknown`: what it is, and its bytes. */
function envelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const found = { apiVersion: '', kind: '', raw: Buffer.alloc(0) as Buffer }
  for (const { number, value } of fieldsIn(bytes)) {
    if (typeof value === 'bigint') continue
    if (number === 2) found.raw = value
    if (number !== 1) continue
    for (const type of fieldsIn(value)) {
      if (type.number === 1) found.apiVersion = String(type.value)
      if (type.number === 2) found.kind = String(type.value)
    }
  }
  return found
}

function message(bytes: Buffer, type: string): Json {
  const fields = tables().messages[type] ?? {}
  const object: Json = {}
  for (const { number, value } of fieldsIn(bytes)) {
    const field = fields[number]
    if (field) put(object, field, value)
  }
  return object
}

function put(object: Json, [name, type, keepsZero]: Field, value: bigint | Buffer): void {
  if (name === '') return void Object.assign(object, message(value as Buffer, type))
  if (type.startsWith('[]')) return void ((object[name] ??= []) as unknown[]).push(single(type.slice(2), value))
  if (type.startsWith('{}')) return void Object.assign((object[name] ??= {}) as Json, entry(type.slice(2), value as Buffer))
  const read = single(type, value)
  const zero = read === '' || read === 0 || read === false
  if (read !== undefined && (!zero || keepsZero)) object[name] = read
}

function entry(type: string, bytes: Buffer): Json {
  let key = ''
  let read: unknown = type === 'string' ? '' : undefined
  for (const { number, value } of fieldsIn(bytes)) {
    if (number === 1) key = String(value)
    if (number === 2) read = single(type, value)
  }
  return { [key]: read }
}

function single(type: string, value: bigint | Buffer): unknown {
  if (typeof value === 'bigint') return type === 'bool' ? value !== 0n : Number(BigInt.asIntN(64, value))
  switch (type) {
    case 'string':
      return value.toString()
    case 'bytes':
      return value.toString('base64')
    case 'float':
      return value.readDoubleLE()
    default:
      return (wellKnown[type] ?? ((bytes: Buffer) => message(bytes, type)))(value)
  }
}
