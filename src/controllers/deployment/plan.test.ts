import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Deployment, ReplicaSet } from '../../api/index.ts'
import { plan } from './plan.ts'
import { sizeAnnotations } from './proportional.ts'
import { fenceposts, replicasOf } from './rolling.ts'
import { deploymentStatus } from './status.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const deployment = (image: string, spec: Partial<Deployment['spec']> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', uid: 'u-web', generation: 1 },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    ...spec,
  },
})

/** A cluster in which `ready` says how many of a ReplicaSet's Pods have become available. */
class World {
  sets: ReplicaSet[] = []
  #created = 0

  step(of: Deployment): boolean {
    const { create, scale, delete: remove, annotate } = plan({ deployment: of, replicaSets: this.sets, oldPods: 0 })
    if (create)
      this.sets.push({
        ...create,
        metadata: { ...create.metadata, creationTimestamp: `2026-01-01T00:00:${String(this.#created++).padStart(2, '0')}Z` },
      })
    for (const { replicaSet, replicas } of scale)
      this.#change(replicaSet, (set) => ({
        ...set,
        metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...sizeAnnotations(of) } },
        spec: { ...set.spec!, replicas },
      }))
    if (annotate)
      this.#change(annotate.replicaSet, (set) => ({
        ...set,
        metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...annotate.annotations } },
      }))
    this.sets = this.sets.filter((set) => !remove.some((gone) => gone.metadata.name === set.metadata.name))
    return Boolean(create) || scale.length > 0 || annotate !== undefined
  }

  /** Lets up to `most` more Pods become available; Pods beyond the wanted number go at once. */
  live(most: number): void {
    let left = most
    this.sets = this.sets.map((set) => {
      const available = Math.min(replicasOf(set), (set.status?.availableReplicas ?? 0) + left)
      left -= Math.max(0, available - (set.status?.availableReplicas ?? 0))
      const observedGeneration = set.metadata.generation ?? 0
      return {
        ...set,
        status: { observedGeneration, replicas: replicasOf(set), readyReplicas: available, availableReplicas: available },
      }
    })
  }

  #change(which: ReplicaSet, change: (set: ReplicaSet) => ReplicaSet): void {
    this.sets = this.sets.map((set) => (set.metadata.name === which.metadata.name ? change(set) : set))
  }

  total = (of: (set: ReplicaSet) => number): number => this.sets.reduce((sum, set) => sum + of(set), 0)
}

test('a rolling update never has more or fewer Pods than it may, and ends with the new template alone [POD-2]', () => {
  const amount = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0%', '25%', '50%', '100%'))
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      amount,
      amount,
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
      (replicas, maxSurge, maxUnavailable, luck) => {
        const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } }
        const world = new World()
        const [old, fresh] = [deployment('a', { replicas, strategy }), deployment('b', { replicas, strategy })]
        for (let i = 0; i < 50; i++) if (world.step(old)) world.live(100)
        const limits = fenceposts(fresh)
        for (const most of [...luck, ...Array.from({ length: 200 }, () => 1)]) {
          world.step(fresh)
          assert.ok(world.total(replicasOf) <= replicas + limits.maxSurge, 'too many Pods')
          assert.ok(
            world.total((set) => Math.min(set.status?.availableReplicas ?? 0, replicasOf(set))) >=
              replicas - limits.maxUnavailable,
            'too few available Pods',
          )
          world.live(most)
        }
        const living = world.sets.filter((set) => replicasOf(set) > 0)
        assert.deepEqual(
          living.map((set) => [set.spec?.template?.spec?.containers[0]?.image, replicasOf(set)]),
          [['b', replicas]],
        )
        assert.equal(world.step(fresh), false)
      },
    ),
    { numRuns: 60 },
  )
})

test('going back to an earlier template uses its ReplicaSet again, with a new revision [POD-2]', () => {
  const world = new World()
  for (const image of ['a', 'b', 'a']) for (let i = 0; i < 20; i++) if (world.step(deployment(image))) world.live(100)
  assert.deepEqual(
    world.sets.map((set) => [
      set.spec?.template?.spec?.containers[0]?.image,
      replicasOf(set),
      set.metadata.annotations?.['deployment.kubernetes.io/revision'],
    ]),
    [
      ['a', 4, '3'],
      ['b', 0, '2'],
    ],
  )
})

test('Recreate waits for the last old Pod [POD-2]', () => {
  const strategy = { type: 'Recreate' }
  const world = new World()
  for (let i = 0; i < 5; i++) if (world.step(deployment('a', { strategy }))) world.live(100)
  const next = deployment('b', { strategy })
  const step = (oldPods: number): unknown => {
    const { create, scale } = plan({ deployment: next, replicaSets: world.sets, oldPods })
    return [create?.spec?.replicas, ...scale.map(({ replicas }) => replicas)]
  }
  assert.deepEqual(step(4), [undefined, 0])
  world.step(next)
  assert.deepEqual(step(0), [undefined], 'the old ReplicaSet has not said yet that its Pods are gone')
  world.live(100)
  assert.deepEqual(step(1), [undefined])
  assert.deepEqual(step(0), [4])
})

test('the ReplicaSet hears what the Deployment is annotated with, and remembers its earlier revisions [POD-2]', () => {
  const world = new World()
  const annotated = (image: string, why: string): Deployment => {
    const { metadata, ...rest } = deployment(image)
    const annotations = { 'kubernetes.io/change-cause': why, 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
    return { ...rest, metadata: { ...metadata, annotations } }
  }
  for (const image of ['a', 'b', 'a']) while (world.step(annotated(image, 'first'))) world.live(100)
  while (world.step(annotated('a', 'second'))) continue
  const [first, second] = world.sets.map(({ metadata }) => metadata.annotations)
  assert.deepEqual(first, {
    'kubernetes.io/change-cause': 'second',
    'deployment.kubernetes.io/desired-replicas': '4',
    'deployment.kubernetes.io/max-replicas': '5',
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  })
  assert.equal(second?.['kubernetes.io/change-cause'], 'first')
})

test('revisions may be larger than numbers can say [POD-2]', () => {
  const world = new World()
  while (world.step(deployment('a'))) world.live(100)
  const [{ metadata, ...rest }] = world.sets as [ReplicaSet]
  const annotations = { ...metadata.annotations, 'deployment.kubernetes.io/revision': '3546343826724305832' }
  const { create } = plan({
    deployment: deployment('b'),
    replicaSets: [{ metadata: { ...metadata, annotations }, ...rest }],
    oldPods: 0,
  })
  assert.equal(create?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3546343826724305833')
})

test('a rollout whose ReplicaSet or Pods can not be made is told of, and times out [POD-2]', () => {
  const of = deployment('a', { progressDeadlineSeconds: 10 })
  const condition = (facts: object) => {
    const whole = deploymentStatus({ deployment: of, fresh: undefined, all: [], now: NOW, ...facts })
    return { whole, ...whole.conditions?.find(({ type }) => type === 'Progressing') }
  }
  const { whole, reason, message } = condition({ creation: { name: 'web-1' } })
  assert.deepEqual([reason, message], ['NewReplicaSetCreated', 'Created new replica set "web-1"'])
  const later = condition({ deployment: { ...of, status: whole }, now: NOW + 10_000 })
  assert.deepEqual([later.reason, later.message], ['ProgressDeadlineExceeded', 'Deployment "web" has timed out progressing.'])
  const failed = condition({ creation: { name: 'web-1', failure: 'no' } })
  assert.deepEqual([failed.reason, failed.message], ['ReplicaSetCreateError', 'Failed to create new replica set "web-1": no'])
})

test('conditions that others have written stay [POD-2]', () => {
  const others = { type: 'Mine', status: 'True' }
  const of = { ...deployment('a'), status: { conditions: [others] } }
  assert.deepEqual(deploymentStatus({ deployment: of, fresh: undefined, all: [], now: NOW }).conditions?.[0], others)
})

test('old ReplicaSets beyond the history limit are deleted when the rollout is complete [POD-2]', () => {
  const world = new World()
  for (const image of ['a', 'b', 'c', 'd'])
    for (let i = 0; i < 20; i++) if (world.step(deployment(image, { revisionHistoryLimit: 1 }))) world.live(100)
  world.step(deployment('d', { revisionHistoryLimit: 1 }))
  assert.deepEqual(
    world.sets.map((set) => set.spec?.template?.spec?.containers[0]?.image),
    ['c', 'd'],
  )
})

test('status and conditions are worded as upstream words them [POD-2]', () => {
  const world = new World()
  world.step(deployment('a'))
  world.live(0)
  const before = deploymentStatus({ deployment: deployment('a'), fresh: world.sets[0], all: world.sets, now: NOW })
  assert.deepEqual(
    before.conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Available', 'False', 'MinimumReplicasUnavailable'],
      ['Progressing', 'True', 'ReplicaSetUpdated'],
    ],
  )
  world.live(100)
  const after = deploymentStatus({
    deployment: { ...deployment('a'), status: before },
    fresh: world.sets[0],
    all: world.sets,
    now: NOW,
  })
  assert.deepEqual(
    after.conditions?.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ],
  )
  assert.deepEqual(
    [after.replicas, after.readyReplicas, after.availableReplicas, after.unavailableReplicas],
    [4, 4, 4, undefined],
  )
})

/** A rollout from 8 of `old` to `new` that is stuck with 2 new Pods that don't become available. */
function stuck(): World {
  const world = new World()
  const spec = { replicas: 8 }
  while (world.step(deployment('old', spec))) world.live(8)
  world.live(8)
  while (world.step(deployment('new', spec))) world.live(0)
  return world
}
const sizes = (world: World): number[] => world.sets.map(replicasOf)

test('a rollout that goes on is scaled in proportion, so that a bad template gets no larger share [POD-2]', () => {
  const world = stuck()
  assert.deepEqual(sizes(world), [6, 4])
  while (world.step(deployment('new', { replicas: 16 }))) continue
  assert.deepEqual(sizes(world), [12, 8])
  while (world.step(deployment('new', { replicas: 8 }))) continue
  assert.deepEqual(sizes(world), [6, 4])
  while (world.step(deployment('new', { replicas: 0 }))) continue
  assert.deepEqual(sizes(world), [0, 0])
})

test('a paused Deployment follows its scale and nothing else [POD-2]', () => {
  const world = stuck()
  while (world.step(deployment('third', { replicas: 16, paused: true }))) continue
  assert.deepEqual(sizes(world), [12, 8])
})

test('a Deployment says that it is paused, and that it goes on [POD-2]', () => {
  const progressing = (of: Deployment): string | undefined =>
    deploymentStatus({ deployment: of, fresh: undefined, all: [], now: NOW }).conditions?.find(
      ({ type }) => type === 'Progressing',
    )?.reason
  assert.equal(progressing(deployment('old', { paused: true })), 'DeploymentPaused')
  const paused = deploymentStatus({ deployment: deployment('old', { paused: true }), fresh: undefined, all: [], now: NOW })
  assert.equal(progressing({ ...deployment('old'), status: paused }), 'DeploymentResumed')
})

test('the new ReplicaSet hears of another minReadySeconds [POD-2]', () => {
  const world = new World()
  while (world.step(deployment('old'))) world.live(4)
  const next = plan({ deployment: deployment('old', { minReadySeconds: 7 }), replicaSets: world.sets, oldPods: 0 })
  assert.deepEqual([next.minReadySeconds?.value, next.create, next.scale], [7, undefined, []])
})
