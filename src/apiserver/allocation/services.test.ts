import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStore } from '../../store/index.ts'
import { testServer } from '../testing/server.ts'
import type { Json, TestServer } from '../testing/server.ts'

// Services 10.96.0.0/24: 10.96.0.1 is kubernetes, up to .16 by wish, from .17 on by lot.
// Node ports 30000-30099: up to 30015 by wish, from 30016 on by lot.
const small = { serviceCIDRs: ['10.96.0.0/24'], nodePortRange: { from: 30000, to: 30099 } }
const PATH = '/api/v1/namespaces/default/services'

const service = (name: string, spec: object = {}): object => ({
  kind: 'Service',
  apiVersion: 'v1',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
})

async function created({ ask }: TestServer, name: string, spec?: object): Promise<Json> {
  const { status, body } = await ask('POST', PATH, service(name, spec))
  assert.equal(status, 201, body.message)
  return body
}

async function refused({ ask }: TestServer, name: string, spec: object): Promise<string> {
  const { status, body } = await ask('POST', PATH, service(name, spec))
  assert.equal(status, 422, JSON.stringify(body))
  return body.message
}

async function addresses({ ask }: TestServer): Promise<string[]> {
  const { body } = await ask('GET', '/apis/networking.k8s.io/v1/ipaddresses')
  return body.items.map((item: Json) => `${item.metadata.name} ${item.spec.parentRef.name}`)
}

async function replaced({ ask }: TestServer, object: Json, spec: object): Promise<Json> {
  const { status, body } = await ask('PUT', `${PATH}/${object.metadata.name}`, { ...object, spec })
  assert.equal(status, 200, body.message)
  return body
}

test('a Service gets an address of the upper band and an IPAddress at the same revision [SVC-7]', async () => {
  const server = await testServer(small)
  const { metadata, spec } = await created(server, 'web')
  const { body: address } = await server.ask('GET', `/apis/networking.k8s.io/v1/ipaddresses/${spec.clusterIP}`)
  assert.ok(Number(spec.clusterIP.split('.')[3]) > 16, spec.clusterIP)
  assert.equal(address.metadata.resourceVersion, metadata.resourceVersion)
  assert.deepEqual(address.spec.parentRef, { group: '', resource: 'services', namespace: 'default', name: 'web' })
  assert.deepEqual(address.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  })
  assert.deepEqual(spec.clusterIPs, [spec.clusterIP])
  assert.deepEqual([spec.ipFamilies, spec.ipFamilyPolicy], [['IPv4'], 'SingleStack'])
})

test('the kubernetes Service has the first address, and its endpoints are this server [SVC-12]', async () => {
  const { ask } = await testServer({ advertise: { address: '10.0.0.9', port: 6443 } })
  const { body } = await ask('GET', `${PATH}/kubernetes`)
  assert.equal(body.spec.clusterIP, '10.96.0.1')
  assert.deepEqual(body.spec.ports, [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }])
  const slice = await ask('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes')
  assert.deepEqual(slice.body.endpoints, [{ addresses: ['10.0.0.9'], conditions: { ready: true } }])
  assert.equal(slice.body.metadata.labels['kubernetes.io/service-name'], 'kubernetes')
})

test('a server that moves corrects the endpoints of the kubernetes Service [SVC-12]', async () => {
  const store = memoryStore()
  await testServer({ store, advertise: { address: '10.0.0.9', port: 6443 } })
  const { ask } = await testServer({ store, advertise: { address: '10.0.0.10', port: 6443 } })
  const { body } = await ask('GET', '/api/v1/namespaces/default/endpoints/kubernetes')
  assert.equal(body.subsets[0].addresses[0].ip, '10.0.0.10')
})

test("a wanted address is given, or refused in upstream's words [SVC-7]", async () => {
  const server = await testServer(small)
  assert.equal((await created(server, 'a', { clusterIP: '10.96.0.10' })).spec.clusterIP, '10.96.0.10')
  const name = 'Service "b" is invalid: spec.clusterIPs: Invalid value:'
  assert.equal(
    await refused(server, 'b', { clusterIP: '10.96.0.10' }),
    `${name} ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated`,
  )
  assert.equal(
    await refused(server, 'b', { clusterIP: '192.168.1.1' }),
    `${name} ["192.168.1.1"]: failed to allocate IP 192.168.1.1: the provided network does not match the current range`,
  )
  assert.equal(
    await refused(server, 'b', { clusterIP: '10.96.0.0' }),
    `${name} ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/24`,
  )
})

test('None is headless, and takes no address [SVC-7]', async () => {
  const server = await testServer(small)
  const { spec } = await created(server, 'headless', { clusterIP: 'None' })
  assert.deepEqual([spec.clusterIP, spec.clusterIPs], ['None', ['None']])
  assert.deepEqual(await addresses(server), ['10.96.0.1 kubernetes'])
})

test('a Service keeps its address and ports through every update [SVC-2]', async () => {
  const server = await testServer(small)
  const web = await created(server, 'web', { type: 'NodePort' })
  const { status, body } = await server.ask(
    'PUT',
    `${PATH}/web`,
    service('web', { type: 'NodePort', selector: { app: 'other' } }),
  )
  assert.equal(status, 200, body.message)
  assert.equal(body.spec.clusterIP, web.spec.clusterIP)
  assert.equal(body.spec.ports[0].nodePort, web.spec.ports[0].nodePort)
})

test('a deleted Service frees its address and its node ports at once [SVC-7] [SVC-8]', async () => {
  const server = await testServer(small)
  await created(server, 'a', { type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ port: 80, nodePort: 30001 }] })
  assert.equal((await server.ask('DELETE', `${PATH}/a`)).status, 200)
  assert.deepEqual(await addresses(server), ['10.96.0.1 kubernetes'])
  await created(server, 'b', { type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ port: 80, nodePort: 30001 }] })
})

test("node ports: wanted, by lot from the upper band, refused in upstream's words [SVC-8]", async () => {
  const server = await testServer(small)
  const wanted = await created(server, 'a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30003 }] })
  assert.equal(wanted.spec.ports[0].nodePort, 30003)
  const lot = await created(server, 'b', { type: 'NodePort' })
  assert.ok(lot.spec.ports[0].nodePort >= 30016)
  const prefix = 'Service "c" is invalid: spec.ports[0].nodePort: Invalid value:'
  assert.equal(
    await refused(server, 'c', { type: 'NodePort', ports: [{ port: 80, nodePort: 30003 }] }),
    `${prefix} 30003: provided port is already allocated`,
  )
  assert.equal(
    await refused(server, 'c', { type: 'NodePort', ports: [{ port: 80, nodePort: 8080 }] }),
    `${prefix} 8080: provided port is not in the valid range. The range of valid ports is 30000-30099`,
  )
})

test('TCP and UDP of one number share a node port [SVC-5] [SVC-8]', async () => {
  const server = await testServer(small)
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    { name: 'web', port: 80 },
  ]
  const { spec } = await created(server, 'dns', { type: 'NodePort', ports })
  assert.equal(spec.ports[0].nodePort, spec.ports[1].nodePort)
  assert.notEqual(spec.ports[0].nodePort, spec.ports[2].nodePort)
})

test('a refused Service leaves nothing allocated [SVC-13]', async () => {
  const server = await testServer(small)
  const ports = [
    { name: 'a', port: 80, nodePort: 30001 },
    { name: 'b', port: 81, nodePort: 99 },
  ]
  await refused(server, 'a', { type: 'NodePort', clusterIP: '10.96.0.30', ports })
  assert.deepEqual(await addresses(server), ['10.96.0.1 kubernetes'])
  await created(server, 'a', { type: 'NodePort', clusterIP: '10.96.0.30', ports: [ports[0]] })
})

test('every change of type takes and frees what it must [SVC-6]', async () => {
  const server = await testServer(small)
  const external = await created(server, 'web', { type: 'ExternalName', externalName: 'example.com', ports: undefined })
  assert.equal(external.spec.clusterIP, undefined)
  const cluster = await replaced(server, external, { type: 'ClusterIP', ports: [{ port: 80 }] })
  assert.equal((await addresses(server)).length, 2)
  const node = await replaced(server, cluster, { ...cluster.spec, type: 'NodePort' })
  const port = node.spec.ports[0].nodePort
  assert.equal(node.spec.clusterIP, cluster.spec.clusterIP)
  assert.ok(port >= 30000)
  const balanced = await replaced(server, node, { ...node.spec, type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
  assert.equal(balanced.spec.ports[0].nodePort, port)
  assert.ok(balanced.spec.healthCheckNodePort >= 30000)
  const back = await replaced(server, balanced, { ...balanced.spec, type: 'ClusterIP' })
  assert.deepEqual([back.spec.ports[0].nodePort, back.spec.healthCheckNodePort], [undefined, undefined])
  await created(server, 'b', { type: 'NodePort', ports: [{ port: 80, nodePort: port }, { name: 'x', port: 81, nodePort: balanced.spec.healthCheckNodePort }].map((item, index) => ({ name: `p${index}`, ...item })) }) // prettier-ignore
  const gone = await replaced(server, back, { type: 'ExternalName', externalName: 'example.com' })
  assert.deepEqual([gone.spec.clusterIP, gone.spec.clusterIPs], [undefined, undefined])
  assert.ok(!(await addresses(server)).some((line) => line.endsWith(' web')))
})

test('allocateLoadBalancerNodePorts: false takes no node ports but those that are wanted [SVC-8]', async () => {
  const server = await testServer(small)
  const ports = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81, nodePort: 30005 },
  ]
  const { spec } = await created(server, 'lb', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports })
  assert.deepEqual([spec.ports[0].nodePort, spec.ports[1].nodePort], [undefined, 30005])
})

test('a full range refuses, and gives again what was freed [SVC-7]', async () => {
  const server = await testServer({ serviceCIDRs: ['10.96.0.0/29'] })
  for (const name of ['a', 'b', 'c', 'd', 'e']) await created(server, name)
  const { status, body } = await server.ask('POST', PATH, service('f'))
  assert.equal(status, 500)
  assert.equal(body.message, 'Internal error occurred: failed to allocate a serviceIP: range is full')
  await server.ask('DELETE', `${PATH}/c`)
  await created(server, 'f')
})

test('a second range can be added while the server runs [SVC-7]', async () => {
  const server = await testServer({ serviceCIDRs: ['10.96.0.0/30'] })
  await created(server, 'a')
  assert.equal((await server.ask('POST', PATH, service('b'))).status, 500)
  const cidr = {
    kind: 'ServiceCIDR',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: 'more' },
    spec: { cidrs: ['10.200.0.0/24'] },
  }
  assert.equal((await server.ask('POST', '/apis/networking.k8s.io/v1/servicecidrs', cidr)).status, 201)
  assert.match((await created(server, 'b')).spec.clusterIP, /^10\.200\.0\./)
})

test('many at once get different addresses and ports [SVC-7] [SVC-8]', async () => {
  const server = await testServer(small)
  const made = await Promise.all(Array.from({ length: 80 }, (_, index) => created(server, `s${index}`, { type: 'NodePort' })))
  assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 80)
  assert.equal(new Set(made.map(({ spec }) => spec.ports[0].nodePort)).size, 80)
})

test('of many who want the same address one gets it [SVC-7]', async () => {
  const { ask } = await testServer(small)
  const answers = await Promise.all(['a', 'b', 'c'].map((name) => ask('POST', PATH, service(name, { clusterIP: '10.96.0.50' }))))
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 422, 422],
  )
})

test('after a restart what is taken stays taken [SVC-2] [SVC-13]', async () => {
  const store = memoryStore()
  await created(await testServer({ ...small, store }), 'a', {
    type: 'NodePort',
    clusterIP: '10.96.0.60',
    ports: [{ port: 80, nodePort: 30007 }],
  })
  const again = await testServer({ ...small, store })
  assert.match(await refused(again, 'b', { clusterIP: '10.96.0.60' }), /already allocated/)
  assert.match(await refused(again, 'b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30007 }] }), /already allocated/)
})

test('a dry run shows what would be and takes nothing [SVC-11]', async () => {
  const server = await testServer(small)
  const { status, body } = await server.ask('POST', `${PATH}?dryRun=All`, service('a', { type: 'NodePort' }))
  assert.equal(status, 201)
  assert.deepEqual(
    [body.spec.clusterIP, body.spec.ports[0].nodePort, body.metadata.resourceVersion],
    ['10.96.0.0', 30101, undefined],
  )
  assert.equal((await server.ask('GET', `${PATH}/a`)).status, 404)
  assert.deepEqual(await addresses(server), ['10.96.0.1 kubernetes'])
})
