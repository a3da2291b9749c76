import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeOpenapiV2 } from './openapi-v2.ts'

/** Field numbers on the way to a text, as protoc --decode_raw would show them: `9.1.2.22.1: object`. */
function texts(message: Buffer, path = ''): string[] {
  const found: string[] = []
  for (let at = 0; at < message.length;) {
    const [key, afterKey] = varint(message, at)
    const [value, afterValue] = varint(message, afterKey)
    const place = `${path}${key >>> 3}`
    at = (key & 7) === 0 ? afterValue : afterValue + value
    if ((key & 7) === 0) found.push(`${place}: ${value}`)
    else found.push(...inside(message.subarray(afterValue, at), place))
  }
  return found
}

/** A message has a length in it, and those in these tests are no printable characters; a text has nothing else. */
const inside = (bytes: Buffer, place: string): string[] =>
  /^[ -~]+$/.test(bytes.toString()) ? [`${place}: ${bytes.toString()}`] : texts(bytes, `${place}.`)

function varint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0
  for (let at = start, shift = 0; ; at++, shift += 7) {
    value |= ((bytes[at] ?? 0) & 127) << shift
    if ((bytes[at] ?? 0) < 128) return [value, at + 1]
  }
}

test('a document becomes the messages of gnostic', () => {
  const long = 'x'.repeat(300)
  const document = {
    swagger: '2.0',
    info: { title: 'T', version: '' },
    definitions: {
      Constructor: {
        type: 'object',
        description: long,
        required: ['a'],
        properties: { a: { $ref: '#/definitions/B' }, b: { additionalProperties: { type: 'string' }, items: { type: 'Z' } } },
        'x-kubernetes-group-version-kind': { a: 1 },
      },
    },
  }
  const found = texts(encodeOpenapiV2(document))
  assert.deepEqual(found.slice(1), [
    '2.1: T',
    '9.1.1: Constructor',
    '9.1.2.22.1: object',
    `9.1.2.4: ${long}`,
    '9.1.2.19: a',
    '9.1.2.25.1.1: a',
    '9.1.2.25.1.2.1: #/definitions/B',
    '9.1.2.25.1.1: b',
    '9.1.2.25.1.2.21.1.22.1: string',
    '9.1.2.25.1.2.23.1.22.1: Z',
    '9.1.2.31.1: x-kubernetes-group-version-kind',
    '9.1.2.31.2.2: {"a":1}',
  ])
})

test('parameters of a body, of the query and of the path lie apart', () => {
  const parameters = [
    { name: 'body', in: 'body', required: true, schema: { $ref: '#B' } },
    { name: 'dryRun', in: 'query', type: 'string', uniqueItems: true },
    { name: 'name', in: 'path', type: 'string', required: true },
  ]
  assert.deepEqual(texts(encodeOpenapiV2({ paths: { '/a': { patch: { parameters } } } })), [
    '8.2.1: /a',
    '8.2.2.8.8.1.1.2: body',
    '8.2.2.8.8.1.1.3: body',
    '8.2.2.8.8.1.1.4: 1',
    '8.2.2.8.8.1.1.5.1: #B',
    '8.2.2.8.8.1.2.3.4: dryRun',
    '8.2.2.8.8.1.2.3.2: query',
    '8.2.2.8.8.1.2.3.6: string',
    '8.2.2.8.8.1.2.3.20: 1',
    '8.2.2.8.8.1.2.4.4: name',
    '8.2.2.8.8.1.2.4.2: path',
    '8.2.2.8.8.1.2.4.5: string',
    '8.2.2.8.8.1.2.4.1: 1',
  ])
})
