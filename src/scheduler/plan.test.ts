import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '../api/index.ts'
import { app, cluster, node, placed, pod } from './testing/objects.ts'

const asks = (requests: Record<string, string>): Pod => pod({ containers: [{ name: 'c', resources: { requests } }] })
const [a, b] = [node('a'), node('b')]
const tainted = (effect: string) => node('a', { taints: [{ key: 'k', value: 'v', effect }] })

test('Pods go where the most is left, then by name; those of one Service or controller are spread [POD-2]', () => {
  assert.equal(placed(pod(), cluster([b], [a])), 'a')
  assert.equal(placed(pod(), cluster([a, pod()], [b])), 'b')
  assert.equal(placed(asks({ cpu: '100m' }), cluster([a, asks({ cpu: '1' })], [b, pod(), pod()])), 'b')
  const busy = cluster([a, app('web')], [b, pod(), pod(), pod()])
  assert.equal(placed(app('web'), { ...busy, siblings: (labels) => labels?.['app'] === 'web' }), 'b')
})

test('why a Pod has no node is said in upstream words [POD-4]', () => {
  const hopeless = '0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  assert.equal(placed(pod(), cluster()), 'no nodes available to schedule pods')
  assert.equal(
    placed(pod(), cluster([tainted('NoSchedule')])),
    `0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: ${hopeless}`,
  )
  assert.equal(placed(pod({ tolerations: [{ key: 'k', operator: 'Exists' }] }), cluster([tainted('NoExecute')])), 'a')
  assert.match(placed(pod(), cluster([node('a', { unschedulable: true })])), /: 1 node\(s\) were unschedulable\. /)
  assert.equal(
    placed(asks({ cpu: '1500m', memory: '2Gi' }), cluster([a, asks({ cpu: '600m' })], [tainted('NoSchedule')])),
    '0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) had untolerated taint(s). ' +
      'no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
  )
  assert.equal(
    placed(asks({ cpu: '1500m' }), cluster([a, asks({ cpu: '600m' })])),
    '0/1 nodes are available: 1 Insufficient cpu. ' +
      'no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  )
  assert.match(placed(asks({ 'example.com/gpu': '1' }), cluster([a])), /1 Insufficient example.com\/gpu/)
  assert.match(placed(pod(), cluster([a, pod(), pod(), pod(), pod(), pod()])), /1 Too many pods/)
  assert.match(
    placed(pod({ preemptionPolicy: 'Never', nodeSelector: { no: 'such' } }), cluster([a])),
    /1 node\(s\) didn't match Pod's node affinity\/selector\. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never\.$/,
  )
})

test('sidecars add to what containers ask for, init containers only where they need more, and the Pod has the last word [POD-4]', () => {
  const container = (cpu: string, restartPolicy?: string): Container => ({
    name: 'c',
    resources: { requests: { cpu } },
    ...(restartPolicy ? { restartPolicy } : {}),
  })
  const fits = (spec: Pod['spec']): boolean => placed(pod(spec), cluster([a])) === 'a'
  assert.ok(fits({ containers: [container('1')], initContainers: [container('2')] }))
  assert.ok(!fits({ containers: [container('1')], initContainers: [container('500m', 'Always'), container('1600m')] }))
  assert.ok(!fits({ containers: [container('1')], initContainers: [container('1100m', 'Always')] }))
  assert.ok(!fits({ containers: [container('1')], overhead: { cpu: '1100m' } }))
  assert.ok(fits({ containers: [container('3')], resources: { requests: { cpu: '1' } } }))
})

test('node selectors and node affinity choose nodes, preferences among those that fit [POD-4]', () => {
  const [east, west] = [node('east', {}, { zone: 'east', size: '3' }), node('west', {}, { zone: 'west', size: 'x' })]
  const both = cluster([east], [west])
  assert.equal(placed(pod({ nodeSelector: { zone: 'west' } }), both), 'west')
  const expression = (key: string, operator: string, values?: string[]) => ({ key, operator, ...(values ? { values } : {}) })
  const required = (...terms: object[]) =>
    pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } } })
  const by = (operator: string, values?: string[]) => required({ matchExpressions: [expression('zone', operator, values)] })
  assert.equal(placed(by('NotIn', ['east']), both), 'west')
  assert.equal(placed(by('In', ['west', 'north']), both), 'west')
  assert.equal(placed(required({ matchExpressions: [expression('size', 'Gt', ['2'])] }), both), 'east')
  assert.match(placed(required({ matchExpressions: [expression('size', 'Gt', ['3'])] }), both), /^0\/2/)
  assert.match(placed(by('DoesNotExist'), both), /2 node\(s\) didn't match Pod's node affinity\/selector/)
  assert.match(placed(required({}), both), /2 node\(s\) didn't match Pod's node affinity\/selector/)
  const named = required({ matchFields: [expression('metadata.name', 'In', ['west'])] })
  assert.equal(placed(named, both), 'west')
  assert.match(
    placed(named, cluster([east], [node('west', { unschedulable: true })])),
    /: 1 node\(s\) didn't satisfy plugin\(s\) \[NodeAffinity\], 1 node\(s\) were unschedulable\./,
  )
  const preferred = [{ weight: 1, preference: { matchExpressions: [expression('zone', 'In', ['west'])] } }]
  const prefers = pod({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } })
  assert.equal(placed(prefers, both), 'west')
})

test('a node that would rather have others is taken last, and one that has the image first [POD-4]', () => {
  assert.equal(placed(pod(), cluster([tainted('PreferNoSchedule')], [b])), 'b')
  assert.equal(
    placed(pod({ tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] }), cluster([tainted('PreferNoSchedule')], [b])),
    'a',
  )
  const stocked = { ...b, status: { ...b.status, images: [{ names: ['web:latest'], sizeBytes: 900_000_000 }] } }
  assert.equal(placed(pod({ containers: [{ name: 'c', image: 'web' }] }), cluster([a], [stocked])), 'b')
})

test('the same host port collides only on the same address and protocol [NET-13]', () => {
  const listens = (hostPort: number, hostIP = '', protocol = 'TCP'): Pod =>
    pod({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, hostIP, protocol }] }] })
  const free = (wanted: Pod, there: Pod): boolean => placed(wanted, cluster([a, there])) === 'a'
  assert.ok(!free(listens(80), listens(80)))
  assert.ok(free(listens(80, '', 'UDP'), listens(80)))
  assert.ok(free(listens(80, '192.0.2.1'), listens(80, '192.0.2.2')))
  assert.ok(!free(listens(80), listens(80, '192.0.2.2')))
  assert.ok(!free(listens(80, '192.0.2.2'), listens(80)))
  assert.match(placed(listens(80), cluster([a, listens(80)])), /1 node\(s\) didn't have free ports for the requested pod ports/)
})
