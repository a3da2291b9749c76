import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '../../api/index.ts'
import { markedFailed, plan } from './plan.ts'

const NOW = '2026-01-01T00:10:00Z'

interface Facts {
  readonly evicted?: boolean
  readonly node?: string
  readonly phase?: string
  readonly deleted?: boolean
  readonly minute?: number
}

const pod = (name: string, { node, phase = 'Running', deleted = false, minute = 0, evicted = false }: Facts = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    creationTimestamp: `2026-01-01T00:0${minute}:00Z`,
    ...(deleted ? { deletionTimestamp: NOW } : {}),
  },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: { phase, ...(evicted ? { reason: 'Evicted' } : {}) },
})

const node = (name: string, ready: string): [string, Node] => {
  const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }]
  const conditions = [{ type: 'Ready', status: ready }]
  return [name, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints }, status: { conditions } }]
}
const nodes = new Map<string, Node | undefined>([['node1', undefined], node('off', 'Unknown'), node('on', 'True')])
const TABLE: readonly [title: string, pods: Pod[], collected: string[]][] = [
  ['a Pod of a node that is there stays', [pod('a', { node: 'node1' })], []],
  ['a Pod of a node that is gone goes', [pod('a', { node: 'node9' })], ['a orphaned']],
  ['a Pod that waits for a node stays', [pod('a', { phase: 'Pending' })], []],
  ['unless it is deleted', [pod('a', { phase: 'Pending', deleted: true })], ['a unscheduled']],
  ['one that its node is taking down stays', [pod('a', { node: 'node1', deleted: true })], []],
  [
    'of those that ended the oldest go',
    [3, 1, 2].map((minute) => pod(`p${minute}`, { node: 'node1', phase: 'Succeeded', minute })),
    ['p1 terminated'],
  ],
  [
    'evicted ones before others',
    [1, 2, 3].map((minute) => pod(`p${minute}`, { node: 'node1', phase: 'Failed', minute, evicted: minute === 3 })),
    ['p3 terminated'],
  ],
  ['a Pod that a node out of service can not take down goes', [pod('a', { node: 'off', deleted: true })], ['a out-of-service']],
  ['but not if that node is ready', [pod('a', { node: 'on', deleted: true })], []],
  ['or the Pod is not deleted', [pod('a', { node: 'off' })], []],
]

for (const [title, pods, collected] of TABLE) {
  test(`pod garbage: ${title} [POD-2]`, () => {
    const found = plan({ pods, nodes, threshold: 2 })
    assert.deepEqual(
      found.map(({ pod: { metadata }, reason }) => `${metadata.name} ${reason}`),
      collected,
    )
  })
}

test('a Pod that goes with its node is marked as failed, for who counts failures [POD-2]', () => {
  assert.deepEqual(markedFailed({ pod: pod('a'), reason: 'orphaned' }, NOW), {
    phase: 'Failed',
    conditions: [
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: NOW,
      },
    ],
  })
  assert.equal(markedFailed({ pod: pod('a', { phase: 'Succeeded' }), reason: 'orphaned' }, NOW), undefined)
})
