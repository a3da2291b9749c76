import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCgroups } from './cgroups.ts'
import { killsIn, settingsOf, weightOf } from './plan.ts'

const LIMITS = { memory: 64 << 20, cpuQuota: 50_000, cpuShares: 102, killTogether: true }

test('limits are these writes in version 1 of cgroups [POD-4]', () => {
  const lines = settingsOf(1, LIMITS).map(({ controller, file, value }) => `${controller} ${file} ${value}`)
  assert.deepEqual(lines, [
    'memory memory.limit_in_bytes 67108864',
    'memory memory.memsw.limit_in_bytes 67108864',
    'cpu cpu.cfs_period_us 100000',
    'cpu cpu.cfs_quota_us 50000',
    'cpu cpu.shares 102',
  ])
  assert.deepEqual(settingsOf(1, {}), [])
})

test('limits are these writes in version 2 of cgroups [POD-4]', () => {
  const lines = settingsOf(2, LIMITS).map(({ file, value }) => `${file} ${value}`)
  assert.deepEqual(lines, [
    'memory.max 67108864',
    'memory.swap.max 0',
    'memory.oom.group 1',
    'cpu.max 50000 100000',
    'cpu.weight 17',
  ])
  assert.deepEqual(settingsOf(2, {}), [])
})

test('shares become weights so that least, usual and most are what they were [POD-4]', () => {
  assert.deepEqual([0, 2, 102, 1024, 262_144].map(weightOf), [1, 1, 17, 100, 10_000])
})

test('the count of killed processes is found in the files of both versions [POD-4]', () => {
  assert.equal(killsIn('oom_kill_disable 0\nunder_oom 0\noom_kill 2\n'), 2)
  assert.equal(killsIn('low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\noom_group_kill 0\n'), 1)
  assert.equal(killsIn(''), 0)
})

/** Plain folders in the place of a hierarchy: what is written where. The kernel itself makes the files of a real one. */
test('in version 2 every cgroup on the way hands its controllers down, and only those below are touched [POD-4]', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cgroup2-'))
  const leaf = join(root, 'node1/kubepods/podx')
  await mkdir(leaf, { recursive: true })
  for (const file of ['memory.max', 'cpu.max', 'cpu.weight']) await writeFile(join(leaf, file), '')
  const cgroups = createCgroups({ version: 2, root, below: 'node1' })
  await cgroups.set('kubepods/podx', LIMITS)
  for (const above of ['', 'node1', 'node1/kubepods'])
    assert.equal(await readFile(join(root, above, 'cgroup.subtree_control'), 'utf8'), '+memory +cpu')
  assert.equal(existsSync(join(leaf, 'cgroup.subtree_control')), false)
  assert.equal(await readFile(join(leaf, 'memory.max'), 'utf8'), '67108864')
  assert.deepEqual(cgroups.place('kubepods/podx'), { procs: [join(leaf, 'cgroup.procs')], kills: join(leaf, 'memory.events') })
  await rm(root, { recursive: true })
})

const controllers = (file: string): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [])
const FIRST = ['memory', 'cpu'].every((name) => existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`))
const SECOND = ['memory', 'cpu'].every((name) => controllers('/sys/fs/cgroup/cgroup.subtree_control').includes(name))
const NOTHING = 'NOT TESTED: this machine hands down no controllers of this version of cgroups; run the tests on one that does'

for (const [version, usable] of [
  [1, FIRST],
  [2, SECOND],
] as const)
  test(
    `the kernel takes the limits of version ${version} and the folders go again [POD-4] [OPS-9]`,
    { skip: usable ? false : NOTHING },
    async () => {
      const below = `portolan-test-${process.pid}`
      const cgroups = createCgroups({ version, root: '/sys/fs/cgroup', below })
      const top = version === 1 ? `/sys/fs/cgroup/memory/${below}` : `/sys/fs/cgroup/${below}`
      try {
        await cgroups.set('kubepods/podx/main', LIMITS)
        const { kills } = cgroups.place('kubepods/podx/main')!
        const file = join(kills, '..', version === 1 ? 'memory.limit_in_bytes' : 'memory.max')
        assert.equal(readFileSync(file, 'utf8').trim(), String(LIMITS.memory))
        assert.equal(killsIn(readFileSync(kills, 'utf8')), 0)
        await cgroups.set('kubepods/podx/main', { ...LIMITS, memory: 32 << 20 })
        assert.equal(readFileSync(file, 'utf8').trim(), String(32 << 20))
      } finally {
        await cgroups.remove('')
      }
      assert.equal(existsSync(top), false)
      await cgroups.remove('kubepods')
    },
  )
