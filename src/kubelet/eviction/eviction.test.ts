import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/index.ts'
import { type DiskUse, evictionOf, excessOf, hasDiskLimit, rankForDisk, refusedUnderPressure } from './plan.ts'
import { createPressure } from './pressure.ts'
import { DEFAULT_THRESHOLDS, parseThresholds, type Signals, thresholdsMet } from './thresholds.ts'

const MI = 1 << 20
type Spec = NonNullable<Pod['spec']>

const podOf = (name: string, resources: Spec['containers'][number]['resources'] = {}, spec: Partial<Spec> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'host', resources }], ...spec },
})
const used = (main: number, volumes: Record<string, number> = {}): DiskUse => ({
  containers: new Map([['main', main]]),
  volumes: new Map(Object.entries(volumes)),
})
const emptyDir = (name: string, sizeLimit: string) => ({ volumes: [{ name, emptyDir: { sizeLimit } }] })
const room = (available: number): Signals => ({ 'nodefs.available': { available, capacity: 100 * MI } })

test('a node has too little when less is left than its thresholds say, in percent or in bytes [POD-6]', () => {
  const met = (signals: Signals): string[] => thresholdsMet(DEFAULT_THRESHOLDS, signals).map(({ threshold }) => threshold.signal)
  assert.deepEqual(met(room(11 * MI)), [])
  assert.deepEqual(met(room(9 * MI)), ['nodefs.available'])
  assert.deepEqual(met({ ...room(0), 'memory.available': { available: 99 * MI, capacity: 1000 * MI } }), [
    'memory.available',
    'nodefs.available',
  ])
  // A laptop whose disk is 92 % full.
  assert.deepEqual(met({ 'imagefs.available': { available: 20_000 * MI, capacity: 250_000 * MI } }), [])
})

test('thresholds are read as upstream’s flag has them [POD-6]', () => {
  assert.deepEqual(parseThresholds('nodefs.available<10%,memory.available<100Mi'), [
    { signal: 'nodefs.available', least: '10%' },
    { signal: 'memory.available', least: '100Mi' },
  ])
  assert.deepEqual(parseThresholds(''), [])
  for (const bad of ['nodefs<10%', 'nodefs.available', 'nodefs.available<ten'])
    assert.throws(() => parseThresholds(bad), { code: 'BadThreshold' })
})

test('a Pod that writes more than it may ends, in upstream’s words [POD-4]', () => {
  const limit = { limits: { 'ephemeral-storage': '2Mi' } }
  assert.equal(excessOf(podOf('v', {}, emptyDir('cache', '1Mi')), used(0, { cache: MI })), undefined)
  assert.equal(
    excessOf(podOf('v', {}, emptyDir('cache', '1Mi')), used(0, { cache: MI + 1 }))?.message,
    'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
  )
  assert.equal(
    excessOf(podOf('c', limit), used(3 * MI))?.message,
    'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
  )
  const two = podOf('two', limit)
  const other = { name: 'other', image: 'host', resources: { limits: { 'ephemeral-storage': '8Mi' } } }
  const both: Pod = { ...two, spec: { containers: [...two.spec!.containers, other] } }
  assert.equal(excessOf(both, used(3 * MI))?.message, 'Container main exceeded its local ephemeral storage limit "2Mi". ')
  assert.deepEqual([podOf('a'), podOf('b', limit), podOf('c', {}, emptyDir('x', '1Mi'))].map(hasDiskLimit), [false, true, true])
})

test('who uses more than it asked for goes first, then the less important, then the greedier; nobody critical [POD-6]', () => {
  const asked = { requests: { 'ephemeral-storage': '50Mi' } }
  const candidates = [
    { pod: podOf('within', asked), use: used(40 * MI) },
    { pod: podOf('important', {}, { priority: 10 }), use: used(30 * MI) },
    { pod: podOf('little'), use: used(MI) },
    { pod: podOf('much'), use: used(20 * MI) },
    { pod: podOf('critical', {}, { priority: 2_000_001_000 }), use: used(90 * MI) },
  ]
  assert.deepEqual(
    rankForDisk(candidates).map(({ pod }) => pod.metadata.name),
    ['much', 'little', 'important', 'within'],
  )
  const [met] = thresholdsMet(DEFAULT_THRESHOLDS, room(5 * MI))
  assert.deepEqual(evictionOf({ pod: podOf('much'), use: used(20 * MI) }, met!), {
    reason: 'Evicted',
    message:
      'The node was low on resource: ephemeral-storage. Threshold quantity: 10240Ki, available: 5120Ki. ' +
      'Container main was using 20480Ki, request is 0, has larger consumption of ephemeral-storage. ',
    grace: 1,
    disrupted: true,
  })
})

test('no Pod is let in while the disk is full, and none that asks for nothing while memory is short [POD-6]', () => {
  const refused = (pressures: string[], quality: string, pod = podOf('a')) =>
    refusedUnderPressure(pod, pressures, quality)?.message
  assert.equal(refused([], 'BestEffort'), undefined)
  assert.equal(refused(['DiskPressure'], 'Guaranteed'), 'The node had condition: [DiskPressure]. ')
  assert.equal(refused(['MemoryPressure'], 'Burstable'), undefined)
  assert.equal(refused(['MemoryPressure'], 'BestEffort'), 'The node had condition: [MemoryPressure]. ')
  assert.equal(refused(['DiskPressure'], 'BestEffort', podOf('a', {}, { priority: 2_000_000_000 })), undefined)
})

test('a node goes on saying that it had too little for a while, and says each change once [POD-6]', async () => {
  let changes = 0
  const pressure = createPressure(async () => void changes++, 1000)
  await pressure.note(['DiskPressure'], 0)
  await pressure.note(['DiskPressure'], 500)
  await pressure.note([], 1400)
  assert.deepEqual([pressure.now(), changes], [['DiskPressure'], 1])
  await pressure.note([], 1500)
  assert.deepEqual([pressure.now(), changes], [[], 2])
})
