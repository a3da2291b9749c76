import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtobuf } from './decode.ts'

const bytes = (number: number, value: Buffer | string): Buffer => {
  const body = Buffer.from(value as string)
  return Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body])
}
const varint = (number: number, value: number): Buffer =>
  Buffer.from(number < 16 ? [number << 3, value] : [((number << 3) & 127) | 128, number >> 4, value])

function body(apiVersion: string, kind: string, message: Buffer): Buffer {
  const type = Buffer.concat([bytes(1, apiVersion), bytes(2, kind)])
  return Buffer.concat([Buffer.from('k8s\0'), bytes(1, type), bytes(2, message)])
}

test('a Service in protobuf is the same object as in JSON', () => {
  const metadata = Buffer.concat([
    bytes(1, 'web'),
    bytes(2, ''),
    bytes(8, ''),
    bytes(11, Buffer.concat([bytes(1, 'a'), bytes(2, 'b')])),
  ])
  const target = Buffer.concat([varint(1, 1), varint(2, 0), bytes(3, 'http')])
  const port = Buffer.concat([bytes(1, ''), bytes(2, 'TCP'), varint(3, 80), bytes(4, target), varint(5, 0)])
  const spec = Buffer.concat([bytes(1, port), bytes(3, ''), bytes(4, 'LoadBalancer'), varint(13, 0), varint(20, 0)])
  assert.deepEqual(decodeProtobuf(body('v1', 'Service', Buffer.concat([bytes(1, metadata), bytes(2, spec)]))), {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'web', labels: { a: 'b' } },
    spec: {
      ports: [{ protocol: 'TCP', port: 80, targetPort: 'http' }],
      type: 'LoadBalancer',
      // A pointer: false is something else than nothing.
      allocateLoadBalancerNodePorts: false,
    },
  })
})

test('what lies directly in an object in JSON is a message of its own in protobuf', () => {
  const volume = Buffer.concat([bytes(1, 'tmp'), bytes(2, bytes(2, bytes(1, 'Memory')))])
  const pod = decodeProtobuf(body('v1', 'Pod', bytes(2, bytes(1, volume))))
  assert.deepEqual(pod['spec'], { volumes: [{ name: 'tmp', emptyDir: { medium: 'Memory' } }] })
})

test('the options of a deletion come under every version', () => {
  assert.equal(decodeProtobuf(body('apps/v1', 'DeleteOptions', varint(1, 0)))['gracePeriodSeconds'], 0)
})

test('what is no protobuf, or cut short, is refused', () => {
  assert.throws(() => decodeProtobuf(Buffer.from('{}')), /prefix/)
  assert.throws(() => decodeProtobuf(Buffer.concat([Buffer.from('k8s\0'), Buffer.from([10, 200])])), /not a protobuf message/)
  assert.throws(() => decodeProtobuf(body('v1', 'Nothing', Buffer.alloc(0))), /no kind "Nothing"/)
})
