import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ControllerRevision, controllerRevisions, type DaemonSet, daemonSets } from '../api/index.ts'
import { ApiError, type Client } from '../client/index.ts'
import { fakeCaches } from '../testing/index.ts'
import { removeSurplus, REVISION_HASH, reviseHistory, templateOf } from './revisions.ts'

const set = (image: string): DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'default', uid: 'u-agent' },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image }] } },
  },
})

/** An API server that has nothing but revisions. */
function world() {
  const caches = fakeCaches()
  const cache = caches.of(controllerRevisions)
  const get = (name: string): ControllerRevision | undefined => cache.get(`default/${name}`)
  const put = (revision: ControllerRevision): ControllerRevision => {
    caches.put(controllerRevisions, revision)
    return get(revision.metadata.name ?? '') ?? revision
  }
  const client = {
    create: async (_: unknown, revision: ControllerRevision) => {
      if (get(revision.metadata.name ?? '')) throw new ApiError(409, { reason: 'AlreadyExists' })
      return put(revision)
    },
    get: async (_: unknown, { name }: { name: string }) => get(name),
    patch: async (_: unknown, { name }: { name: string }, { body }: { body: object }) => put({ ...get(name)!, ...body }),
    delete: async (_: unknown, { name }: { name: string }) => caches.remove(controllerRevisions, `default/${name}`),
  } as unknown as Client
  const context = { client, cache, owners: daemonSets, hashLabel: REVISION_HASH, signal: new AbortController().signal }
  const numbers = (): number[] =>
    cache
      .list()
      .map(({ revision }) => revision)
      .sort((a, b) => a - b)
  return { context, put, numbers, revise: (image: string) => reviseHistory(context, set(image)) }
}

test('each template has one revision, and one that comes back has a new number [POD-2]', async () => {
  const { revise, numbers } = world()
  const first = await revise('one')
  assert.deepEqual(templateOf(first.latest), set('one').spec?.template)
  assert.equal((await revise('one')).latest.metadata.name, first.latest.metadata.name)
  assert.deepEqual(numbers(), [1])
  await revise('two')
  const back = await revise('one')
  assert.deepEqual([back.latest.metadata.name, back.latest.revision], [first.latest.metadata.name, 3])
  assert.deepEqual(numbers(), [2, 3])
})

test('a name that another has taken is counted, and the next one tried [POD-2]', async () => {
  const { revise, put } = world()
  const { latest } = await world().revise('one')
  put({ ...latest, metadata: { name: latest.metadata.name ?? '', namespace: 'default' }, data: { spec: { template: {} } } })
  const { latest: other, collisionCount } = await revise('one')
  assert.notEqual(other.metadata.name, latest.metadata.name)
  assert.equal(collisionCount, 1)
})

test('of revisions of one template the last one counts [POD-2]', async () => {
  const { put, revise } = world()
  const { latest } = await revise('one')
  const twin = put({ ...latest, metadata: { ...latest.metadata, name: 'twin' }, revision: 2 })
  const history = await revise('one')
  assert.equal(history.latest.metadata.name, twin.metadata.name)
  assert.deepEqual(
    history.duplicates.map(({ metadata }) => metadata.name),
    [latest.metadata.name],
  )
})

test('the oldest revisions that nothing uses go [POD-2]', async () => {
  const { context, revise, numbers } = world()
  for (const image of ['one', 'two', 'three', 'four']) await revise(image)
  const history = await revise('four')
  await removeSurplus(context, history, { limit: 1, isLive: ({ revision }) => revision === 1 || revision === 4 })
  assert.deepEqual(numbers(), [1, 3, 4])
})
