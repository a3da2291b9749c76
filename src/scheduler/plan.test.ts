import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '../api/index.ts'
import { schedule } from './plan.ts'
import { useOf } from './resources.ts'

const node = (name: string, spec: Node['spec'] = {}, labels: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
  spec,
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
})
const pod = (spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c' }], ...spec },
})
const asks = (requests: Record<string, string>): Pod => pod({ containers: [{ name: 'c', resources: { requests } }] })
const candidate = (of: Node, there: readonly Pod[] = [], siblings = 0) => ({ node: of, use: useOf(there), siblings })

const message = (decision: ReturnType<typeof schedule>): string =>
  'message' in decision ? decision.message : `placed on ${decision.node}`

test('Pods of one owner are spread, then nodes are filled evenly, then by name [POD-2]', () => {
  assert.deepEqual(schedule(pod(), [candidate(node('b')), candidate(node('a'))]), { node: 'a' })
  assert.deepEqual(schedule(pod(), [candidate(node('a'), [pod()]), candidate(node('b'))]), { node: 'b' })
  assert.deepEqual(schedule(pod(), [candidate(node('a'), [], 1), candidate(node('b'), [pod(), pod()])]), { node: 'b' })
})

test('why a Pod has no node is said in upstream words [POD-4]', () => {
  assert.equal(message(schedule(pod(), [])), 'no nodes available to schedule pods')
  const tainted = node('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  assert.match(
    message(schedule(pod(), [candidate(tainted)])),
    /^0\/1 nodes are available: 1 node\(s\) had untolerated taint\(s\)\./,
  )
  assert.deepEqual(schedule(pod({ tolerations: [{ key: 'k', operator: 'Exists' }] }), [candidate(tainted)]), { node: 'a' })
  assert.match(message(schedule(pod(), [candidate(node('a', { unschedulable: true }))])), /1 node\(s\) were unschedulable/)
  assert.match(message(schedule(asks({ cpu: '1500m' }), [candidate(node('a'), [asks({ cpu: '600m' })])])), /1 Insufficient cpu/)
  assert.match(message(schedule(asks({ 'example.com/gpu': '1' }), [candidate(node('a'))])), /1 Insufficient example.com\/gpu/)
  assert.match(message(schedule(pod(), [candidate(node('a'), [pod(), pod(), pod()])])), /1 Too many pods/)
})

test('node selectors and required affinity choose nodes [POD-4]', () => {
  const [east, west] = [candidate(node('east', {}, { zone: 'east' })), candidate(node('west', {}, { zone: 'west' }))]
  assert.deepEqual(schedule(pod({ nodeSelector: { zone: 'west' } }), [east, west]), { node: 'west' })
  const affinity = (operator: string, values?: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator, ...(values ? { values } : {}) }] }],
      },
    },
  })
  assert.deepEqual(schedule(pod({ affinity: affinity('NotIn', ['east']) }), [east, west]), { node: 'west' })
  assert.match(
    message(schedule(pod({ affinity: affinity('DoesNotExist') }), [east, west])),
    /2 node\(s\) didn't match Pod's node affinity\/selector/,
  )
})

test('the same host port collides only on the same address and protocol [NET-13]', () => {
  const listens = (hostPort: number, hostIP = '', protocol = 'TCP'): Pod =>
    pod({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, hostIP, protocol }] }] })
  const free = (wanted: Pod, there: Pod): boolean => 'node' in schedule(wanted, [candidate(node('a'), [there])])
  assert.ok(!free(listens(80), listens(80)))
  assert.ok(free(listens(80, '', 'UDP'), listens(80)))
  assert.ok(free(listens(80, '192.0.2.1'), listens(80, '192.0.2.2')))
  assert.ok(!free(listens(80), listens(80, '192.0.2.2')))
  assert.ok(!free(listens(80, '192.0.2.2'), listens(80)))
})
