/** Any process may be killed at any moment: Services go on answering, and what was asked for comes about. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubia')

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  await cluster.kubectl(`apply -f ${EXAMPLE}`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
  await eventually(async () => assert.match(await fromOutside('192.168.1.2'), /You've hit/))
})
after(() => cluster.remove())

const fromOutside = async (node: string): Promise<string> =>
  (await cluster.outside('curl', '-s', '--max-time', '2', `http://${node}:30123`)).out
const pods = async (): Promise<string> =>
  cluster.kubectlWords([
    'get',
    'pods',
    '-l',
    'app=kubia',
    '-o',
    'jsonpath={range .items[*]}{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
  ])

test('a killed node process leaves Pods and Services answering, and the next one carries on with them [NET-11] [POD-6]', async () => {
  const there = await pods()
  await cluster.kill('node-agent')
  assert.match(await fromOutside('192.168.1.2'), /You've hit/)
  assert.equal(await pods(), there)
  await cluster.kubectl('scale rs kubia --replicas=4')
  await eventually(async () => assert.equal((await pods()).trim().split('\n').length, 4))
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
  for (const line of there.trim().split('\n')) assert.ok((await pods()).includes(line), `${line} was started again`)
})

test('a killed control plane loses nothing it has acknowledged, and answers again at the same address [SVC-2] [SVC-13]', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      cluster.kubectl(`create service clusterip many-${i} --tcp=80:8080 -o jsonpath={.spec.clusterIP}`),
    ),
  )
  await cluster.kill('control-plane')
  assert.match(await fromOutside('192.168.1.3'), /You've hit/)
  const addresses = async (): Promise<string[]> =>
    (await cluster.kubectlWords(['get', 'svc', '-o', 'jsonpath={.items[*].spec.clusterIP}'])).split(' ')
  await eventually(async () => {
    const now = await addresses()
    for (const ip of made) assert.ok(now.includes(ip), `${ip} is gone`)
    assert.equal(new Set(now).size, now.length, 'an address was given twice')
  })
  await cluster.kubectl('delete pod -l app=kubia --wait=false')
  await eventually(async () => assert.match(await fromOutside('192.168.1.2'), /You've hit/), { within: 30_000 })
})

test('rules that are deleted by hand come back by themselves [NET-11]', async () => {
  const { code } = await cluster.portolan('node', 'exec', 'node1', '--', 'nft', 'delete', 'table', 'ip', 'portolan-proxy')
  assert.equal(code, 0)
  await eventually(async () => assert.match(await fromOutside('192.168.1.2'), /You've hit/), { within: 30_000 })
})
