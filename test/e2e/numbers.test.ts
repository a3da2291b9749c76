/** The example of one Pod that finds another, as its reader types it: by address, by a Service's name, and past a Pod's end. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/numbers')

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const podIP = (): Promise<string> =>
  cluster.kubectlWords(['get', 'pod', '-l', 'app=sleep-2', '--output', 'jsonpath={.items[0].status.podIP}'])
/** A small Debian has its ping in busybox. */
const ping = (count: number, whom: string): Promise<string> =>
  cluster.kubectl(`exec deploy/sleep-1 -- busybox ping -W 1 -c ${count} ${whom}`)
const web = (): Promise<string> => cluster.kubectl('exec deploy/numbers-web -- curl -s http://localhost')

test('a Pod reaches another by its address, which goes with it [NET-1] [POD-2]', async () => {
  await cluster.kubectl(`apply -f ${EXAMPLE}/sleep/sleep1.yaml -f ${EXAMPLE}/sleep/sleep2.yaml`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=sleep-2 --timeout=60s')
  await cluster.kubectl('wait --for=condition=Ready pod -l app=sleep-1 --timeout=60s')
  const before = await podIP()
  assert.match(await ping(2, before), /2 packets transmitted, 2 packets received/)
  await cluster.kubectl('delete pod -l app=sleep-2')
  await eventually(async () => assert.notEqual(await podIP(), ''))
  assert.notEqual(await podIP(), before)
})

test('a Service gives it a name and an address that stay, for what Services carry [DSC-1] [SVC-1]', async () => {
  await cluster.kubectl(`apply -f ${EXAMPLE}/sleep/service.yaml`)
  const ip = await cluster.kubectlWords(['get', 'svc', 'sleep-2', '-o', 'jsonpath={.spec.clusterIP}'])
  assert.match(await cluster.kubectl('get svc sleep-2'), new RegExp(`sleep-2 +ClusterIP +${ip} +<none> +80/TCP`))
  assert.match(await cluster.kubectl('exec deploy/sleep-1 -- getent hosts sleep-2'), new RegExp(`^${ip} `))
  await assert.rejects(ping(1, 'sleep-2'), /exit code 1/)
})

test('the web Pod finds the API once there is a Service, and not before [DSC-1]', async () => {
  await cluster.kubectl(`apply -f ${EXAMPLE}/numbers/api.yaml -f ${EXAMPLE}/numbers/web.yaml`)
  for (const name of ['api', 'web']) await cluster.kubectl(`rollout status deployment/numbers-${name} --timeout=60s`)
  assert.equal(await web(), 'RNG service unavailable! (ENOTFOUND)\n')
  await cluster.kubectl(`apply -f ${EXAMPLE}/numbers/api-service.yaml`)
  await eventually(async () => assert.match(await web(), /^Here it is: \d+\n$/))
})

test('a deleted API Pod heals, and the web Pod finds the new one by the same name [DSC-1] [SVC-1] [POD-2]', async () => {
  const names = (): Promise<string> => cluster.kubectl('get pod -l app=numbers-api -o name')
  const before = await names()
  await cluster.kubectl('delete pod -l app=numbers-api')
  await eventually(async () => assert.ok((await names()) !== before && (await names()) !== ''))
  await cluster.kubectl('rollout status deployment/numbers-api --timeout=60s')
  await eventually(async () => assert.match(await web(), /^Here it is: \d+\n$/))
})
