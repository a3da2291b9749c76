import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '../../api/index.ts'
import type { ContainerState } from '../../kernel/index.ts'
import { lengthen, printDuration, restartAt } from './back-off.ts'
import { planPod, type PodPlan } from './plan.ts'
import { newFindings, newPodState, newSlot, type PodState, type Run } from './state.ts'
import { podStatus } from '../status/status.ts'

const NOW = 1_000_000
const running: ContainerState = { state: 'running', pid: 42, startedAt: NOW - 5_000 }
const exited = (exitCode: number, finishedAt = NOW): ContainerState => ({
  state: 'exited',
  exitCode,
  startedAt: NOW - 5_000,
  finishedAt,
  error: '',
  memoryKills: 0,
})

interface Case {
  readonly title: string
  readonly spec?: Partial<NonNullable<Pod['spec']>>
  readonly metadata?: Partial<Pod['metadata']>
  readonly runs?: Readonly<Record<string, ContainerState>>
  readonly run?: Partial<Run>
  readonly plan: Partial<PodPlan>
  readonly phase: string
}

const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'host', ...more })
const main = [container('main')]
const nothing: PodPlan = { createSandbox: false, start: [], stop: [], tearDown: false, lookAgainAt: undefined }
const deletion = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 }
const sidecar = container('proxy', { restartPolicy: 'Always' })

const cases: readonly Case[] = [
  { title: 'a new Pod gets its namespaces and starts', plan: { createSandbox: true, start: ['main'] }, phase: 'Pending' },
  { title: 'a running Pod is left alone', runs: { main: running }, plan: {}, phase: 'Running' },
  { title: 'what ended is started again', runs: { main: exited(0) }, plan: { start: ['main'] }, phase: 'Running' },
  {
    title: 'but not where the policy is Never',
    spec: { restartPolicy: 'Never' },
    runs: { main: exited(0) },
    plan: { tearDown: true },
    phase: 'Succeeded',
  },
  {
    title: 'and a failure counts as one',
    spec: { restartPolicy: 'Never' },
    runs: { main: exited(1) },
    plan: { tearDown: true },
    phase: 'Failed',
  },
  {
    title: 'OnFailure starts what failed again',
    spec: { restartPolicy: 'OnFailure' },
    runs: { main: exited(1) },
    plan: { start: ['main'] },
    phase: 'Running',
  },
  {
    title: 'OnFailure leaves what succeeded',
    spec: { restartPolicy: 'OnFailure' },
    runs: { main: exited(0) },
    plan: { tearDown: true },
    phase: 'Succeeded',
  },
  {
    title: 'init containers come one after the other',
    spec: { initContainers: [container('one'), container('two')] },
    runs: { one: exited(0) },
    plan: { start: ['two'] },
    phase: 'Pending',
  },
  {
    title: 'an init container that fails for good fails the Pod',
    spec: { initContainers: [container('one')], restartPolicy: 'Never' },
    runs: { one: exited(1) },
    plan: { tearDown: true },
    phase: 'Failed',
  },
  {
    title: 'a sidecar that has started makes room for the next',
    spec: { initContainers: [sidecar] },
    runs: { proxy: running },
    plan: { start: ['main'] },
    phase: 'Pending',
  },
  {
    title: 'a sidecar that ended comes back beside the others',
    spec: { initContainers: [sidecar], restartPolicy: 'Never' },
    runs: { proxy: exited(1), main: running },
    plan: { start: ['proxy'] },
    phase: 'Running',
  },
  {
    title: 'when the last container has ended its sidecar is stopped',
    spec: { initContainers: [sidecar], restartPolicy: 'Never' },
    runs: { proxy: running, main: exited(0) },
    plan: { stop: [{ container: 'proxy', grace: 30_000, message: 'Stopping container proxy' }] },
    phase: 'Succeeded',
  },
  {
    title: 'a deleted Pod is stopped with the patience its deletion has',
    metadata: deletion,
    runs: { main: running },
    plan: { stop: [{ container: 'main', grace: 7_000, message: 'Stopping container main' }] },
    phase: 'Running',
  },
  {
    title: 'and goes when nothing runs',
    metadata: deletion,
    runs: { main: exited(0) },
    plan: { tearDown: true },
    phase: 'Succeeded',
  },
  { title: 'a deleted Pod that never started goes at once', metadata: deletion, plan: { tearDown: true }, phase: 'Pending' },
  {
    title: 'a container that its liveness probe gave up is stopped',
    runs: { main: running },
    run: { unhealthy: { message: 'Container main failed liveness probe, will be restarted', probe: undefined } },
    plan: { stop: [{ container: 'main', grace: 30_000, message: 'Container main failed liveness probe, will be restarted' }] },
    phase: 'Running',
  },
]

for (const { title, spec = {}, metadata = {}, runs = {}, run = {}, plan, phase } of cases) {
  test(`${title} [POD-4]`, () => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'kubia', namespace: 'default', uid: 'u', ...metadata },
      spec: { containers: main, ...spec },
    }
    const state = stateOf(runs, run)
    assert.deepEqual(planPod(pod, state, NOW), { ...nothing, ...plan })
    assert.equal(podStatus(pod, state, { hostIPs: ['192.168.1.2'], now: NOW }).phase, phase)
  })
}

function stateOf(runs: Readonly<Record<string, ContainerState>>, more: Partial<Run>): PodState {
  const base = { ...newFindings(), attempt: 0, folder: '', image: { reference: 'host', id: 'host' }, started: true, ready: true }
  const slots = Object.entries(runs).map(([name, state]) => {
    const current: Run = { ...base, id: name, state, ...more }
    return [name, { ...newSlot(name), current }] as const
  })
  const sandbox =
    slots.length > 0 ? { name: 'default_kubia_u', addresses: ['10.244.1.2'], hostPorts: [], cgroup: undefined } : undefined
  return newPodState({ uid: 'u', namespace: 'default', name: 'kubia', sandbox, containers: new Map(slots), seenAt: NOW })
}

test('back-off starts at 10 s, doubles to 300 s and is forgotten after ten good minutes [POD-4]', () => {
  assert.equal(restartAt(undefined, NOW), NOW)
  let backOff = lengthen(undefined, NOW, NOW)
  const delays = [backOff.delay]
  for (let i = 0; i < 6; i++) {
    backOff = lengthen(backOff, NOW, NOW)
    delays.push(backOff.delay)
  }
  assert.deepEqual(delays, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  assert.equal(restartAt(backOff, NOW + 1_000), NOW + 301_000)
  assert.equal(restartAt(backOff, NOW + 600_001), NOW + 600_001)
  assert.equal(lengthen(backOff, NOW + 600_001, NOW + 600_001).delay, 10_000)
  assert.deepEqual([10_000, 80_000, 300_000].map(printDuration), ['10s', '1m20s', '5m0s'])
})
