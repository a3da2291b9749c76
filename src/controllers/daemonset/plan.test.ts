import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonSet, Node, Pod, Taint } from '../../api/index.ts'
import { Failures } from './failures.ts'
import { plan } from './plan.ts'
import { anyPod, podOn, targetOf } from './pod.ts'
import { statusOf } from './status.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const set = (spec: Partial<NonNullable<DaemonSet['spec']>> = {}): DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'default', uid: 'u-agent', generation: 2 },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'host' }] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ...spec,
  },
})

const node = (name: string, { labels, taint }: { labels?: Record<string, string>; taint?: Taint } = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...(labels ? { labels } : {}) },
  spec: taint ? { taints: [taint] } : {},
})

const STATUS = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 }
const PHASES: Readonly<Record<string, string>> = { '.': 'Failed', '/': 'Failed', ',': 'Succeeded' }
const NODES = [node('a'), node('b'), node('c')]

/** `a b! c-old d.`: ready on a, not ready on b, of an older template on c, failed on d; `x` is going, `/` after it failed, `,` succeeded. */
const podsOf = (text: string): Pod[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word, order) => {
      const [, on = '', mark = '', hash = 'new'] = /^(\w)([!x./,]?)(?:-(\w+))?$/.exec(word) ?? []
      const pod = podOn(on, anyPod(set(), hash))
      const deleted = mark === 'x' || mark === '/' ? { deletionTimestamp: '2026-01-01T00:09:00Z' } : {}
      const conditions = [{ type: 'Ready', status: mark ? 'False' : 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }]
      return {
        ...pod,
        metadata: { ...pod.metadata, name: word, creationTimestamp: `2026-01-01T00:00:0${order}Z`, ...deleted },
        status: { phase: PHASES[mark] ?? 'Running', conditions },
      }
    })

function steps(of: DaemonSet, pods: string, nodes: readonly Node[] = NODES): string {
  const todo = plan({ set: of, hash: 'new', nodes, pods: podsOf(pods), now: NOW, retryIn: (on) => (on === 'c' ? 1000 : 0) })
  return [...todo.create.map((pod) => `+${targetOf(pod)}`), ...todo.delete.map(({ metadata }) => `-${metadata.name}`)].join(' ')
}

const rolling = (rollingUpdate: object) => set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
const surge = rolling({ maxSurge: 1, maxUnavailable: 0 })
const selective = set({ template: { spec: { containers: [], nodeSelector: { disk: 'ssd' } } } })
const SSD = [node('a', { labels: { disk: 'ssd' } }), node('b')]
const REPELLED = { key: 'special', effect: 'NoSchedule' }
const away = node('c', { taint: REPELLED })
const repelling = node('b', { labels: { disk: 'ssd' }, taint: REPELLED })
const tainted = (effect: string, key = 'special') => [node('a'), node('b', { taint: { key, effect } })]

const TABLE: readonly [title: string, of: DaemonSet, pods: string, steps: string, nodes?: readonly Node[]][] = [
  ['a Pod on every node', set(), '', '+a +b +c'],
  ['where none is', set(), 'a c', '+b'],
  ['only on nodes that the selector means', selective, '', '+a', SSD],
  ['none on others', selective, 'a b', '-b', SSD],
  ['none to nodes that repel it', set(), '', '+a', tainted('NoSchedule')],
  ['which may keep theirs', set(), 'a b', '', tainted('NoSchedule')],
  ['unless they drive out', set(), 'a b', '-b', tainted('NoExecute')],
  ['ill nodes keep theirs', set(), 'a b', '', tainted('NoExecute', 'node.kubernetes.io/not-ready')],
  ['cordoned nodes get theirs', set(), 'a', '+b', tainted('NoSchedule', 'node.kubernetes.io/unschedulable')],
  ['the younger of two goes', set(), 'a a b c', '-a'],
  ['one that failed goes', set(), 'a b. c', '-b.'],
  ['but not at once where one failed just now', set(), 'a b c.', ''],
  ['one that succeeded goes', set(), 'a b c,', '-c,'],
  ['one that failed and is going makes room for the next', set(), 'a b/ c', '+b'],
  ['one that waits for a node that is gone goes', set(), 'a b c d', '-d'],
  ['nothing is made beside one that is going', set(), 'a bx c', ''],
  ['an update takes one', set(), 'a-old b-old c-old', '-a-old'],
  ['one where it is to be no more, too', selective, 'a b-old', '-b-old', [node('a', { labels: { disk: 'ssd' } }), repelling]],
  ['nothing else while Pods are missing', set(), 'a-old b-old', '+c'],
  ['and waits for it', set(), 'a! b-old c-old', ''],
  ['broken ones go at once', set(), 'a-old b!-old c!-old', '-b!-old -c!-old'],
  ['as many as may be missing', rolling({ maxUnavailable: '50%' }), 'a-old b-old c-old', '-a-old -b-old'],
  ['a surge makes the new one first', surge, 'a-old b-old c-old', '+a'],
  ['and removes the old one when that is available', surge, 'a-old a b-old c-old', '-a-old'],
  ['and goes on', surge, 'a b-old c-old', '+b'],
  ['not before', surge, 'a-old a! b-old c-old', ''],
  ['unless the old one is not ready either', surge, 'a!-old a! b-old c-old', '-a!-old'],
  ['a surge needs no wait for one that is going', surge, 'a bx c', '+b'],
  ['a surge goes from nodes that are to have none when others have theirs', surge, 'a b c-old', '-c-old', [...SSD, away]],
  ['not before', surge, 'a b! c-old', '', [...SSD, away]],
  ['OnDelete leaves them', set({ updateStrategy: { type: 'OnDelete' } }), 'a-old b-old', '+c'],
]

for (const [title, of, pods, wanted, nodes] of TABLE) {
  test(`DaemonSet: ${title} [POD-2]`, () => assert.equal(steps(of, pods, nodes), wanted))
}

test('the status counts nodes [POD-2]', () => {
  const nodes = [...NODES, node('d', { taint: { key: 'special', effect: 'NoSchedule' } })]
  assert.deepEqual(statusOf({ set: set(), hash: 'new', nodes, pods: podsOf('a b!-old d'), now: NOW }, 0), {
    observedGeneration: 2,
    desiredNumberScheduled: 3,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 2,
    collisionCount: undefined,
  })
  const during = statusOf({ set: surge, hash: 'new', nodes: NODES, pods: podsOf('a-old a'), now: NOW }, 0)
  assert.equal(during.updatedNumberScheduled, undefined, 'the Pod that came first speaks for its node')
})

test('a Pod is bound to its node by name, and tolerates what daemons do [POD-2]', () => {
  const { spec } = podOn('a', anyPod(set(), 'new'))
  assert.deepEqual(spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms, [
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] },
  ])
  assert.deepEqual(
    spec.tolerations?.map(({ key, effect }) => `${key?.split('/')[1]}:${effect}`),
    [
      'not-ready:NoExecute',
      'unreachable:NoExecute',
      'disk-pressure:NoSchedule',
      'memory-pressure:NoSchedule',
      'pid-pressure:NoSchedule',
      'unschedulable:NoSchedule',
    ],
  )
})

test('a toleration that daemons have anyway is not said twice, and the count of templates is a label [POD-2]', () => {
  const tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }]
  const of = set({ template: { spec: { containers: [], tolerations, hostNetwork: true } } })
  const annotations = { 'deprecated.daemonset.template.generation': '7' }
  const { metadata, spec } = anyPod({ ...of, metadata: { ...of.metadata, annotations } }, 'new')
  assert.equal(spec?.tolerations?.length, 7)
  assert.deepEqual(metadata.labels, { 'pod-template-generation': '7', 'controller-revision-hash': 'new' })
})

test('where Pods fail again and again they are replaced less and less often, until the set changes [POD-2]', () => {
  const failures = new Failures()
  const waits = [0, 1_000, 3_000].map((after) => {
    failures.count(set(), 'a', NOW + after)
    return failures.retryIn(set(), 'a', NOW + after)
  })
  assert.deepEqual(waits, [1_000, 2_000, 4_000])
  assert.equal(failures.retryIn(set(), 'b', NOW), 0)
  assert.equal(failures.retryIn({ ...set(), status: { ...STATUS, observedGeneration: 3 } }, 'a', NOW), 0)
  assert.equal(failures.retryIn(set(), 'a', NOW + 3_600_000), 0)
})
