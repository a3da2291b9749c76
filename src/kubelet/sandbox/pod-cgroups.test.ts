import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/index.ts'
import { type Cgroups, type Limits, noCgroups } from '../../kernel/index.ts'
import { createPodCgroups } from './pod-cgroups.ts'

/** Cgroups that are names with limits. */
function fakeCgroups(): { readonly cgroups: Cgroups; readonly made: Map<string, Limits> } {
  const made = new Map<string, Limits>()
  const cgroups: Cgroups = {
    ...noCgroups(''),
    set: async (path, limits) => void made.set(path, limits),
    list: async (path) =>
      [...made.keys()]
        .filter((each) => each.startsWith(`${path}/`))
        .map((each) => each.slice(path.length + 1).split('/')[0] ?? ''),
    remove: async (path) => void made.delete(path),
  }
  return { cgroups, made }
}

const podOf = (uid: string, resources: NonNullable<Pod['spec']>['containers'][number]['resources'] = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, uid },
  spec: { containers: [{ name: 'main', image: 'host', resources }] },
})

test('Pods that ask for something have cgroups by their class, and Burstable ones together weigh what each does [POD-4]', async () => {
  const { cgroups, made } = fakeCgroups()
  const pods = createPodCgroups(cgroups)
  const half = { requests: { cpu: '500m' } }
  const all = { requests: { cpu: '1', memory: '1Mi' }, limits: { cpu: '1', memory: '1Mi' } }
  assert.equal(await pods.open(podOf('none')), undefined)
  const first = await pods.open(podOf('a', half))
  await pods.open(podOf('b', half))
  await pods.open(podOf('c', all))
  assert.deepEqual(first, { path: 'kubepods/burstable/poda', cpuShares: 512 })
  assert.deepEqual(made.get('kubepods/burstable'), { cpuShares: 1024 })
  assert.deepEqual(made.get('kubepods/podc'), { memory: 1 << 20, cpuQuota: 100_000, cpuShares: 1024 })
  await pods.close(first!)
  assert.deepEqual(made.get('kubepods/burstable'), { cpuShares: 512 })
  assert.equal(made.has('kubepods/burstable/poda'), false)
})

test('cgroups that an earlier kubelet could not write down go, those that it could stay [OPS-9] [POD-6]', async () => {
  const { cgroups, made } = fakeCgroups()
  await cgroups.set('kubepods/burstable/podkept', {})
  await cgroups.set('kubepods/burstable/podlost', {})
  await cgroups.set('kubepods/podlost-too', {})
  const pods = createPodCgroups(cgroups)
  pods.keep({ path: 'kubepods/burstable/podkept', cpuShares: 2 })
  await pods.removeStrangers()
  assert.deepEqual([...made.keys()], ['kubepods/burstable/podkept'])
})
