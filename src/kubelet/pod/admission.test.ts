import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '../../api/index.ts'
import { refusalOf } from './admission.ts'

type Spec = NonNullable<Pod['spec']>

const podOf = (spec: Partial<Spec> = {}, container: Partial<Spec['containers'][number]> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kubia', namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'host', ...container }], ...spec },
})
const asks = (cpu: string): Pod => podOf({}, { resources: { requests: { cpu } } })
const NODE: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels: { zone: 'a' } },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
}
const onPort = (hostPort: number, hostIP?: string): Pod =>
  podOf({}, { ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }] })

const CASES: readonly [what: string, pod: Pod, others: readonly Pod[], refusal: [reason: string, message: string] | undefined][] =
  [
    ['there is room', asks('1'), [asks('1')], undefined],
    [
      'CPU',
      asks('1500m'),
      [asks('1')],
      ['OutOfcpu', "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000"],
    ],
    [
      'memory',
      podOf({}, { resources: { requests: { memory: '2Gi' } } }),
      [],
      ['OutOfmemory', "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824"],
    ],
    [
      'Pods',
      podOf(),
      [podOf(), podOf(), podOf()],
      ['OutOfpods', "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"],
    ],
    [
      'the node is another',
      podOf({ nodeSelector: { zone: 'b' } }),
      [],
      ['NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"],
    ],
    [
      'the port is taken',
      onPort(80, '192.168.1.2'),
      [onPort(80)],
      ['NodePorts', "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"],
    ],
    ['the port of another address is taken', onPort(80, '192.168.1.2'), [onPort(80, '192.168.1.3')], undefined],
    [
      'another system',
      podOf({ os: { name: 'windows' } }),
      [],
      ['PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS"],
    ],
  ]

for (const [what, pod, others, refusal] of CASES)
  test(`a node's own look at a Pod: ${what} [POD-4]`, () => {
    const found = refusalOf(pod, { node: NODE, others, pressures: [], appArmor: false })
    assert.deepEqual(found && [found.reason, found.message], refusal)
  })

test('a Pod that does not stand what the node is tainted with is refused, one that has run there is not [POD-4] [POD-6]', () => {
  const node: Node = { ...NODE, spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] } }
  assert.equal(refusalOf(podOf(), { node, others: [], pressures: [], appArmor: false })?.reason, 'TaintToleration')
  assert.equal(
    refusalOf(
      { ...podOf(), status: { startTime: '2026-01-01T00:00:00Z' } },
      { node, others: [], pressures: [], appArmor: false },
    ),
    undefined,
  )
  assert.equal(
    refusalOf(podOf({ tolerations: [{ operator: 'Exists' }] }), { node, others: [], pressures: [], appArmor: false }),
    undefined,
  )
})
