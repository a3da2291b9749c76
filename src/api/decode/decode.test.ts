import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kinds } from '../kinds/index.ts'
import { decode, isDecodeError } from './index.ts'
import type { FieldValidation } from './index.ts'

const kindOf = (name: string) => kinds.find((kind) => kind.kind === name)!

const read = (of: string, body: unknown, fieldValidation: FieldValidation = 'Strict') =>
  decode(kindOf(of), typeof body === 'string' ? body : JSON.stringify(body), { fieldValidation })

function refusal(of: string, body: unknown): string {
  try {
    read(of, body)
  } catch (error) {
    if (isDecodeError(error)) return error.message
    throw error
  }
  return 'taken'
}

const service = (spec: unknown): object => ({ apiVersion: 'v1', kind: 'Service', spec })
const pod = (container: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { containers: [{ name: 'a', ...container }] },
})
const AS_SERVICE = 'Service in version "v1" cannot be handled as a Service: '

describe('field validation [SVC-11]', () => {
  const body = { ...service({ selektor: {}, ports: [{ port: 80, prot: 'TCP' }] }), metadata: { nam: 'x' } }

  test('Strict refuses unknown fields, in the order of the document', () => {
    const fields = 'unknown field "spec.selektor", unknown field "spec.ports[0].prot", unknown field "metadata.nam"'
    assert.equal(refusal('Service', body), `${AS_SERVICE}strict decoding error: ${fields}`)
  })

  test('Strict refuses fields that stand twice', () => {
    const twice = '{"kind":"Service","apiVersion":"v1","spec":{"type":"a","ports":[{"port":1,"port":2}],"type":"b"}}'
    const fields = 'duplicate field "spec.ports[0].port", duplicate field "spec.type"'
    assert.equal(refusal('Service', twice), `${AS_SERVICE}strict decoding error: ${fields}`)
  })

  test('Warn drops them and says so, Ignore only drops', () => {
    const warned = read('Service', body, 'Warn')
    assert.deepEqual(warned.warnings, [
      'unknown field "spec.selektor"',
      'unknown field "spec.ports[0].prot"',
      'unknown field "metadata.nam"',
    ])
    assert.deepEqual(warned.object, { ...service({ ports: [{ port: 80 }] }), metadata: {} })
    assert.deepEqual(read('Service', body, 'Ignore').warnings, [])
  })

  test('labels and annotations are free', () => {
    const labelled = { ...service({}), metadata: { labels: { any: 'thing' } } }
    assert.deepEqual(read('Service', labelled).object, labelled)
  })
})

/** Of, body, message. */
const MISMATCHES: readonly (readonly [string, unknown, string])[] = [
  [
    'Service',
    service({ ports: [{ port: '80' }] }),
    `${AS_SERVICE}json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32`,
  ],
  [
    'Service',
    service({ ports: [{ port: 80.5 }] }),
    `${AS_SERVICE}json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32`,
  ],
  [
    'Service',
    service({ ports: [{ port: 4294967296 }] }),
    `${AS_SERVICE}json: cannot unmarshal number 4294967296 into Go struct field ServicePort.spec.ports.port of type int32`,
  ],
  [
    'Service',
    service({ ports: { port: 80 } }),
    `${AS_SERVICE}json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort`,
  ],
  [
    'Service',
    service({ selector: ['a'] }),
    `${AS_SERVICE}json: cannot unmarshal array into Go struct field ServiceSpec.spec.selector of type map[string]string`,
  ],
  [
    'Service',
    service({ selector: { app: 1 } }),
    `${AS_SERVICE}json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string`,
  ],
  [
    'Service',
    service({ publishNotReadyAddresses: 'yes' }),
    `${AS_SERVICE}json: cannot unmarshal string into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool`,
  ],
  [
    'Service',
    service('x'),
    `${AS_SERVICE}json: cannot unmarshal string into Go struct field Service.spec of type v1.ServiceSpec`,
  ],
  [
    'Pod',
    pod({ env: [{ name: 'A', value: true }] }),
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string',
  ],
  [
    'Pod',
    pod({ resources: { limits: { cpu: 'much' } } }),
    'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
  ],
]

describe('values of another type than their field are refused, whatever the validation [SVC-11]', () => {
  for (const [of, body, message] of MISMATCHES) test(message, () => assert.equal(refusal(of, body), message))
})

test('what is no object of the kind is refused', () => {
  assert.match(refusal('Service', ''), /unexpected end of JSON input/)
  assert.match(refusal('Service', '{"a":'), /json parse error/)
  assert.match(refusal('Service', []), /cannot unmarshal array/)
  assert.equal(
    refusal('Service', { apiVersion: 'v2' }),
    'the API version in the data (v2) does not match the expected API version (v1)',
  )
  assert.match(refusal('Service', { kind: 'Pod' }), /^Pod in version "v1" cannot be handled as a Service/)
})

test('a body may leave kind and version to the address it is sent to', () => {
  assert.deepEqual(read('Service', {}).object, { apiVersion: 'v1', kind: 'Service', metadata: {} })
})

test('nulls are as good as absent, in lists they are empty', () => {
  assert.deepEqual(read('Service', service({ type: null, ports: [null], externalIPs: null })).object, {
    ...service({ ports: [{}] }),
    metadata: {},
  })
})

test('ports take numbers and names [SVC-4]', () => {
  const both = service({
    ports: [
      { port: 80, targetPort: 8080 },
      { port: 81, targetPort: 'web' },
    ],
  })
  assert.deepEqual(read('Service', both).object, { ...both, metadata: {} })
})

test('amounts get their one form', () => {
  const limits = { cpu: 1, memory: '1024Mi', a: '0.5', b: '1000m', c: '1.5Gi', d: '100e6', e: '0.0001', f: '-2k', g: '0' }
  const { object } = read('Pod', pod({ resources: { limits } }))
  const { containers } = (object as unknown as { spec: { containers: { resources: object }[] } }).spec
  assert.deepEqual(containers[0]?.resources, {
    limits: { cpu: '1', memory: '1Gi', a: '500m', b: '1', c: '1536Mi', d: '100e6', e: '1m', f: '-2k', g: '0' },
  })
})

test('a text nested a million deep is refused, not recursed into', () => {
  const deep = `{"metadata":{"managedFields":[{"fieldsV1":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}}`
  assert.equal(refusal('Service', deep), 'exceeded max depth')
})

test('YAML is read like JSON', () => {
  const { object } = decode(kindOf('Service'), 'kind: Service\napiVersion: v1\nspec:\n  ports:\n  - port: 80\n', { yaml: true })
  assert.deepEqual(object, { ...service({ ports: [{ port: 80 }] }), metadata: {} })
  assert.throws(() => decode(kindOf('Service'), 'a: [', { yaml: true }), isDecodeError)
})
