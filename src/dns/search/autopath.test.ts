import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Pod, pods, services } from '../../api/index.ts'
import { nameOf } from '../../wire/index.ts'
import { clusterIP, externalName, service } from '../testing/objects.ts'
import { ask, startDns, startUpstream, type TestServer } from '../testing/server.ts'
import { searchPath } from './path.ts'

/** The test's questions come from here, so this is where the Pod is. */
const CLIENT = '127.0.0.1'
const pod = (spec: Partial<Pod['spec']> = {}, namespace = 'default'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client', namespace },
  spec: { containers: [], ...spec },
  status: { podIPs: [{ ip: CLIENT }] },
})

async function withOutside(t: TestContext): Promise<TestServer> {
  const outside: Record<string, string> = { 'www.example': '192.0.2.1', 'mail.corp.example': '192.0.2.2' }
  const upstream = await startUpstream(t, (query) => {
    const { name, type } = query.questions![0]!
    const data = outside[name]
    if (data === undefined) return { flags: 3 }
    return type === 'A' ? { answers: [{ type: 'A', name, ttl: 60, data }] } : {}
  })
  const server = await startDns(t, { forwarders: [upstream.address], autopath: { nodeSearches: ['corp.example'] } })
  server.caches.put(pods, pod())
  return server
}

const told = async ({ at }: TestServer, name: string, type: 'A' | 'AAAA' | 'SRV' = 'A'): Promise<string> => {
  const { rcode, answers = [] } = await ask(at, name, type)
  return [rcode, ...answers.map((answer) => ('data' in answer && typeof answer.data === 'string' ? answer.data : ''))].join(' ')
}

test('a search path is gone in one question, inside the cluster and outside [DSC-6]', async (t) => {
  const server = await withOutside(t)
  server.caches.put(services, clusterIP('web', '10.96.0.5'))
  const other = clusterIP('api', '10.96.0.6')
  server.caches.put(services, { ...other, metadata: { ...other.metadata, namespace: 'shop' } })
  const first = '.default.svc.cluster.local'
  assert.equal(await told(server, `web${first}`), 'NOERROR 10.96.0.5')
  assert.equal(await told(server, `api.shop${first}`), 'NOERROR api.shop.svc.cluster.local 10.96.0.6')
  assert.equal(await told(server, `api.shop.svc${first}`), 'NOERROR api.shop.svc.cluster.local 10.96.0.6')
  assert.equal(await told(server, `10-244-0-5.shop.pod${first}`), 'NOERROR 10-244-0-5.shop.pod.cluster.local 10.244.0.5')
  assert.equal(await told(server, `www.example${first}`), 'NOERROR www.example 192.0.2.1')
  assert.equal(await told(server, `mail${first}`), 'NOERROR mail.corp.example 192.0.2.2')
  assert.equal(await told(server, `www.example${first}`, 'AAAA'), 'NOERROR www.example')
  assert.equal(await told(server, `api.shop${first}`, 'AAAA'), 'NOERROR api.shop.svc.cluster.local')
})

test('what is nowhere is not there, and is told of the name asked for [DSC-6]', async (t) => {
  const server = await withOutside(t)
  const { rcode, answers, authorities } = await ask(server.at, 'nobody.example.default.svc.cluster.local')
  assert.deepEqual([rcode, answers, authorities!.map(({ name }) => name)], ['NXDOMAIN', [], ['cluster.local']])
})

test('names that exist are never passed over, and nothing else is found by chance [DSC-6]', async (t) => {
  const server = await withOutside(t)
  server.caches.put(services, externalName('www', 'www.example'))
  server.caches.put(services, service('db', { clusterIP: 'fd00::5', clusterIPs: ['fd00::5'] }))
  assert.equal(await told(server, 'www.default.svc.cluster.local'), 'NOERROR www.example 192.0.2.1')
  assert.equal(await told(server, 'db.default.svc.cluster.local'), 'NOERROR')
  for (const no of ['www.example.svc.cluster.local', 'www.example.other.svc.cluster.local', 'www.example.cluster.local'])
    assert.equal(await told(server, no), 'NXDOMAIN')
  assert.equal(await told(server, 'www.example.default.svc.cluster.local', 'SRV'), 'NXDOMAIN')
})

test('only a Pod whose search path is known is spared the walk [DSC-6]', async (t) => {
  const server = await withOutside(t)
  const question = 'www.example.default.svc.cluster.local'
  for (const spec of [{ hostNetwork: true }, { dnsPolicy: 'Default' }, { dnsPolicy: 'None' }]) {
    server.caches.put(pods, pod(spec))
    assert.equal(await told(server, question), 'NXDOMAIN', JSON.stringify(spec))
  }
  server.caches.put(pods, pod())
  assert.equal(await told(server, question), 'NOERROR www.example 192.0.2.1')
  server.caches.put(pods, { ...pod({}, 'shop'), status: { podIPs: [{ ip: CLIENT }], phase: 'Succeeded' } })
  assert.equal(await told(server, question), 'NOERROR www.example 192.0.2.1')
  server.caches.put(pods, pod({}, 'shop'))
  assert.equal(await told(server, question), 'NXDOMAIN')
})

test("a Pod's search path is what its kubelet writes [DSC-5] [DSC-6]", () => {
  const options = { zone: 'cluster.local', nodeSearches: ['corp.example'] }
  const searches = ['a.test', 'svc.cluster.local']
  assert.deepEqual(searchPath(pod({ dnsConfig: { searches } }, 'shop'), options)?.map(nameOf), [
    'shop.svc.cluster.local',
    'svc.cluster.local',
    'cluster.local',
    'corp.example',
    'a.test',
    '.',
  ])
})
