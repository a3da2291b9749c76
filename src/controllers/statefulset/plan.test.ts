import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, StatefulSet } from '../../api/index.ts'
import { claimsOf, isStale, ownersOf } from './claims.ts'
import { plan } from './plan.ts'
import { missingIdentity, ordinalOf, podOf, type Version } from './pod.ts'
import { statusOf } from './status.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const set = (spec: Partial<NonNullable<StatefulSet['spec']>> = {}): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'default', uid: 'u-web', generation: 3 },
  spec: {
    replicas: 3,
    serviceName: 'nginx',
    selector: { matchLabels: { app: 'web' } },
    template: version('old').template,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    ...spec,
  },
})

function version(name: string): Version {
  return { name, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: name }] } } }
}

/** `0 1! 2x 3-old`: a ready Pod, one that isn't, one that is going, one of another template, one that has ended (`4.`). */
const podsOf = (text: string): Pod[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [, ordinal = '', mark = '', revision = 'new'] = /^(\d+)([!x.]?)(?:-(\w+))?$/.exec(word) ?? []
      const pod = podOf(set(), Number(ordinal), version(revision))
      const conditions = [{ type: 'Ready', status: mark ? 'False' : 'True', lastTransitionTime: '2026-01-01T00:09:50Z' }]
      return {
        ...pod,
        metadata: { ...pod.metadata, ...(mark === 'x' ? { deletionTimestamp: '2026-01-01T00:09:59Z' } : {}) },
        status: { phase: mark === '.' ? 'Failed' : 'Running', conditions },
      }
    })

const optionsOf = (of: StatefulSet, pods: string) =>
  ({ set: of, current: version('old'), update: version('new'), pods: podsOf(pods), now: NOW }) as const

/** `+1 -2`: what is made, with its template where that is not the newest, and what goes. */
function steps(of: StatefulSet, pods: string): string {
  const { create, delete: remove } = plan(optionsOf(of, pods))
  const made = create.map((pod) => `+${ordinalOf(of, pod)}${pod.spec?.containers[0]?.image === 'old' ? '-old' : ''}`)
  return [...made, ...remove.map((pod) => `-${ordinalOf(of, pod)}`)].join(' ')
}

const parallel = { podManagementPolicy: 'Parallel' } as const
const partition = (n: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: n } } })

const TABLE: readonly [title: string, of: StatefulSet, pods: string, steps: string][] = [
  ['the first Pod first', set(), '', '+0'],
  ['the next only when the one before is ready', set(), '0!', ''],
  ['the next when it is', set(), '0', '+1'],
  ['a hole is filled before anything else', set(), '0 2', '+1'],
  ['a Pod that has ended goes, to be made again', set(), '0 1. 2', '-1'],
  ['nothing is made in the place of one that is still going', set(), '0 1x 2', ''],
  ['scaled down from the highest', set({ replicas: 1 }), '0 1 2', '-2'],
  ['one at a time', set({ replicas: 1 }), '0 1 2x', ''],
  ['an unhealthy survivor keeps the others', set({ replicas: 1 }), '0! 1 2', ''],
  ['the only unhealthy one may go', set({ replicas: 1 }), '0 1!', '-1'],
  ['Parallel makes all', set(parallel), '', '+0 +1 +2'],
  ['Parallel removes all that are too many', set({ ...parallel, replicas: 1 }), '0 1 2', '-2 -1'],
  ['an update of Parallel takes what serves nobody at once', set(parallel), '0!-old 1-old 2!-old', '-2 -0'],
  ['and of the others one when all are well', set(parallel), '0-old 1-old 2', '-1'],
  ['an update starts at the highest', set(), '0-old 1-old 2-old', '-2'],
  ['and waits for each', set(), '0-old 1-old 2!', ''],
  ['and goes on', set(), '0-old 1-old 2', '-1'],
  ['not below the partition', set(partition(2)), '0-old 1-old 2', ''],
  ['below the partition the old template is made again', set(partition(2)), '0-old 2', '+1-old'],
  ['OnDelete leaves them', set({ updateStrategy: { type: 'OnDelete' } }), '0-old 1-old 2-old', ''],
  ['OnDelete makes the new template', set({ updateStrategy: { type: 'OnDelete' } }), '0-old 1-old', '+2'],
  ['ordinals may start elsewhere', set({ ordinals: { start: 5 }, replicas: 2 }), '5', '+6'],
  ['ready for too short a time', set({ minReadySeconds: 60 }), '0', ''],
  ['ready for long enough', set({ minReadySeconds: 5 }), '0', '+1'],
]

for (const [title, of, pods, wanted] of TABLE) {
  test(`StatefulSet: ${title} [POD-2]`, () => assert.equal(steps(of, pods), wanted))
}

test('two may be missing during an update where maxUnavailable says so [POD-2]', () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } }
  assert.equal(steps(set({ updateStrategy }), '0-old 1-old 2-old'), '-2 -1')
})

test('a Pod has a name that stays, and mounts claims that stay [POD-2]', () => {
  const of = set({
    volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }],
  })
  const pod = podOf(of, 1, version('web-abc'))
  assert.equal(pod.metadata.name, 'web-1')
  assert.deepEqual(pod.metadata.labels, {
    app: 'web',
    'statefulset.kubernetes.io/pod-name': 'web-1',
    'apps.kubernetes.io/pod-index': '1',
    'controller-revision-hash': 'web-abc',
  })
  assert.deepEqual([pod.spec?.hostname, pod.spec?.subdomain], ['web-1', 'nginx'])
  assert.deepEqual(pod.spec?.volumes, [{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-1' } }])
  const [wanted] = claimsOf(of, pod)
  assert.deepEqual([wanted?.metadata.name, wanted?.metadata.labels], ['data-web-1', { app: 'web' }])
})

test('the status counts, and its current revision moves when an update is complete [POD-2]', () => {
  const { currentRevision, ...midway } = statusOf(optionsOf(set(), '0-old 1! 2'), 0)
  assert.deepEqual(midway, {
    observedGeneration: 3,
    replicas: 3,
    readyReplicas: 2,
    availableReplicas: 2,
    currentReplicas: 1,
    updatedReplicas: 2,
    updateRevision: 'new',
    collisionCount: 0,
  })
  assert.equal(currentRevision, 'old')
  const done = statusOf(optionsOf(set(), '0 1 2'), 0)
  assert.deepEqual([done.currentRevision, done.currentReplicas], ['new', 3])
})

test('claims go with the set or with a Pod that is scaled away, as the policy says [POD-2]', () => {
  const volumeClaimTemplates = [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }]
  const owners = (whenDeleted: string, whenScaled: string, ordinal: number): string[] => {
    const of = set({ volumeClaimTemplates, replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } })
    const made = podOf(of, ordinal, version('web'))
    const pod = { ...made, metadata: { ...made.metadata, uid: 'u-pod' } }
    const [claim] = claimsOf(of, pod)
    assert.equal(ownersOf(of, pod, claim!), undefined, 'a claim is made as it should be')
    return (claim?.metadata.ownerReferences ?? []).map(({ uid }) => uid)
  }
  assert.deepEqual(owners('Retain', 'Retain', 1), [])
  assert.deepEqual(owners('Delete', 'Retain', 1), ['u-web'])
  assert.deepEqual(owners('Retain', 'Delete', 0), [])
  assert.deepEqual(owners('Retain', 'Delete', 1), ['u-pod'])
  assert.deepEqual(owners('Delete', 'Delete', 0), ['u-web'])
  assert.deepEqual(owners('Delete', 'Delete', 1), ['u-pod'])
})

test('a claim that is somebody else’s too stays theirs [POD-2]', () => {
  const of = set({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'u-theirs' }
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-web-0', ownerReferences: [theirs] } }
  const owners = ownersOf(of, podOf(of, 0, version('web')), claim)
  assert.deepEqual(
    owners?.map(({ uid }) => uid),
    ['u-theirs', 'u-web'],
  )
})

test('a Pod that was adopted gets the labels that say who it is [POD-2]', () => {
  const { metadata, ...rest } = podOf(set(), 1, version('web-abc'))
  assert.equal(missingIdentity(set(), { metadata, ...rest }), undefined)
  assert.deepEqual(missingIdentity(set(), { ...rest, metadata: { ...metadata, labels: { app: 'web' } } }), {
    'statefulset.kubernetes.io/pod-name': 'web-1',
    'apps.kubernetes.io/pod-index': '1',
  })
})

test('a claim that somebody else controls is left alone, and one that goes with an earlier Pod is not mounted [POD-2]', () => {
  const volumeClaimTemplates = [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {} }]
  const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' }
  const of = set({ volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: policy })
  const pod = podOf(of, 0, version('web'))
  const [claim] = claimsOf(of, pod)
  const owned = (reference: { kind: string; name: string; uid: string }, controller = false) => ({
    ...claim!,
    metadata: { ...claim?.metadata, ownerReferences: [{ apiVersion: 'v1', ...reference, controller }] },
  })
  assert.equal(ownersOf(of, pod, owned({ kind: 'Other', name: 'x', uid: 'u-x' }, true)), undefined)
  assert.equal(isStale(of, pod, owned({ kind: 'Pod', name: 'web-0', uid: 'u-before' })), true)
  assert.equal(isStale(of, pod, owned({ kind: 'StatefulSet', name: 'web', uid: 'u-web' })), false)
})
