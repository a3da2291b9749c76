/** Services by their secondary family, as upstream's suite asks them: from Pods, endpoints and nodes, over HTTP and UDP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { type Dial, dialer, HTTP, netserver, type Protocol, UDP } from './netexec.ts'
import { pod, podKit, sh, SLEEP } from './pod-kit.ts'

const GRANULAR = '[Feature:IPv6DualStack] Granular Checks: Services Secondary IP Family [LinuxOnly]'
const NAMES = ['netserver-0', 'netserver-1']
/** A Service's ports, and its node ports. */
const PORTS = { http: 80, udp: 90 } as const
const NODE_PORTS = { http: 30_080, udp: 30_090 } as const
const PROTOCOLS = ['http', 'udp'] as const
/** The secondary address of node1. */
const NODE_IP = 'fd00:192:168:1::2'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  await create(
    ...NAMES.map((name, i) => JSON.stringify(netserver(name, { app: 'netserver' }, { nodeName: `node${i + 1}` }))),
    pod('test-container', sh(SLEEP), { nodeName: 'node1' }),
    pod('host-test-container', sh(SLEEP), { nodeName: 'node1', hostNetwork: true }),
    service('node-port-service', { app: 'netserver' }, { type: 'NodePort' }, NODE_PORTS),
    service('session-affinity-service', { app: 'netserver' }, { sessionAffinity: 'ClientIP' }),
  )
  await whenReady(...NAMES, 'test-container', 'host-test-container')
})
after(() => cluster.remove())

const { create, whenReady, inPod, field } = podKit(() => cluster)

/** Of both families, over both protocols. */
function service(name: string, selector: object, spec: object, nodePorts: Partial<typeof NODE_PORTS> = {}): string {
  const ports = [
    { name: 'http', port: PORTS.http, targetPort: HTTP, nodePort: nodePorts.http },
    { name: 'udp', protocol: 'UDP', port: PORTS.udp, targetPort: UDP, nodePort: nodePorts.udp },
  ]
  const families = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector, ports, ...families, ...spec },
  })
}

const secondaryOf = (name: string): Promise<string> =>
  cluster.kubectlWords(['get', 'svc', name, '-o', 'jsonpath={.spec.clusterIPs[1]}'])
const dialFrom = async (name: string, dial: Dial): Promise<string[]> =>
  JSON.parse(await cluster.kubectlWords(['exec', name, '--', ...dialer(dial)]))

/** Whoever asks hears exactly these names, by cluster IP and by node port. */
async function answeredBy(from: string, protocol: Protocol, names: readonly string[], of = 'node-port-service'): Promise<void> {
  const host = await secondaryOf(of)
  assert.match(host, /^fd00:10:96::/)
  await eventually(async () => assert.deepEqual(await dialFrom(from, { protocol, host, port: PORTS[protocol] }), names))
  const nodePort = Number(
    await cluster.kubectlWords(['get', 'svc', of, '-o', `jsonpath={.spec.ports[?(@.name=="${protocol}")].nodePort}`]),
  )
  if (nodePort > 0)
    await eventually(async () => assert.deepEqual(await dialFrom(from, { protocol, host: NODE_IP, port: nodePort }), names))
}

for (const protocol of PROTOCOLS) {
  test(`${GRANULAR} should function for pod-Service: ${protocol} [NET-2] [NET-4] [SVC-9]`, () =>
    answeredBy('test-container', protocol, NAMES))

  test(`${GRANULAR} should function for node-Service: ${protocol} [NET-2] [NET-4] [SVC-9]`, async () => {
    await answeredBy('host-test-container', protocol, NAMES)
    const outside = await cluster.outside(...dialer({ protocol, host: NODE_IP, port: NODE_PORTS[protocol] }))
    assert.deepEqual(JSON.parse(outside.out), NAMES, 'and for the laptop outside')
  })

  test(`${GRANULAR} should function for endpoint-Service: ${protocol} [NET-2] [NET-4] [SVC-9]`, () =>
    answeredBy(NAMES[0]!, protocol, NAMES))

  test(`${GRANULAR} should function for client IP based session affinity: ${protocol} [LinuxOnly] [NET-8] [SVC-9]`, async () => {
    const host = await secondaryOf('session-affinity-service')
    const heard = await eventually(async () => {
      const answers = await dialFrom('test-container', { protocol, host, port: PORTS[protocol] })
      assert.equal(answers.length, 1)
      return answers
    })
    assert.ok(NAMES.includes(heard[0]!))
  })

  test(`${GRANULAR} should be able to handle large requests: ${protocol} [NET-10] [SVC-9]`, async () => {
    const host = await secondaryOf('node-port-service')
    const message = protocol === 'http' ? '42'.repeat(1000) : `n${'o'.repeat(1999)}`
    assert.deepEqual(await dialFrom('test-container', { protocol, host, port: PORTS[protocol], message }), [message])
  })
}

test(`${GRANULAR} should function for service endpoints using hostNetwork [NET-13] [SVC-9]`, async () => {
  const hosts = ['node1', 'node2']
  const ofHosts = (name: string, i: number): object =>
    netserver(name, { app: 'on-hosts' }, { nodeName: hosts[i], hostNetwork: true })
  const nodePorts = { http: 30_180, udp: 30_190 } as unknown as typeof NODE_PORTS
  await create(
    ...['host-0', 'host-1'].map((name, i) => JSON.stringify(ofHosts(name, i))),
    service('on-hosts', { app: 'on-hosts' }, { type: 'NodePort' }, nodePorts),
  )
  await whenReady('host-0', 'host-1')
  for (const protocol of PROTOCOLS)
    for (const from of ['test-container', 'host-test-container', NAMES[1]!]) await answeredBy(from, protocol, hosts, 'on-hosts')
  const message = '42'.repeat(1000)
  const host = await secondaryOf('on-hosts')
  for (const protocol of PROTOCOLS)
    assert.deepEqual(await dialFrom('test-container', { protocol, host, port: PORTS[protocol], message }), [message])
})

test('names lead to both families, and addresses of both back to names [DSC-2] [SVC-9]', async () => {
  await create(service('headless', { app: 'netserver' }, { clusterIP: 'None' }))
  const resolve = async (call: string): Promise<unknown> =>
    JSON.parse(
      await inPod('test-container', `node -e "require('dns').promises.${call}.then((all) => console.log(JSON.stringify(all)))"`),
    )
  const domain = 'default.svc.cluster.local'
  const address = await secondaryOf('node-port-service')
  assert.deepEqual(await resolve(`resolve6('node-port-service.${domain}')`), [address])
  assert.deepEqual(await resolve(`reverse('${address}')`), [`node-port-service.${domain}`])
  const pods = await Promise.all(NAMES.map((name) => field(name, '{.status.podIPs[1].ip}')))
  await eventually(async () =>
    assert.deepEqual(((await resolve(`resolve6('headless.${domain}')`)) as string[]).sort(), [...pods].sort()),
  )
  assert.deepEqual(await resolve(`reverse('${pods[1]}')`), [`${pods[1]!.replaceAll(':', '-')}.headless.${domain}`])
  assert.match(await inPod('test-container', 'curl -6 -s --max-time 5 http://node-port-service'), /^netserver-\d$/)
})

test('a host port answers on every address of its node, and in the family of the one it names [NET-13] [SVC-9]', async () => {
  const led = (name: string, hostPort: number, hostIP?: string): string => {
    const names = `require('net').createServer((socket) => socket.end('${name}')).listen(80, '::')`
    return pod(name, { command: ['node', '-e', names], ports: [{ containerPort: 80, hostPort, hostIP }] }, { nodeName: 'node1' })
  }
  await create(led('every', 8088), led('named', 8089, NODE_IP))
  await whenReady('every', 'named')
  const ask = async (host: string, port: number): Promise<string> =>
    (await cluster.outside('bash', '-c', `timeout 2 cat </dev/tcp/${host}/${port}`)).out
  await eventually(async () => assert.equal(await ask(NODE_IP, 8088), 'every'))
  assert.equal(await ask('192.168.1.2', 8088), 'every')
  assert.equal(await ask(NODE_IP, 8089), 'named')
  assert.equal(await ask('192.168.1.2', 8089), '')
  assert.equal(await inPod('every', `bash -c 'cat </dev/tcp/${NODE_IP}/8088'`), 'every', 'a Pod reaches itself')

  await cluster.kill('node-agent')
  assert.equal(await ask(NODE_IP, 8088), 'every', 'it outlives its kubelet')
  await cluster.kubectl('delete pod every named')
  const table = ['node', 'exec', 'node1', '--', 'nft', 'list', 'table', 'ip6', 'portolan-hostports']
  await eventually(async () => assert.notEqual((await cluster.portolan(...table)).code, 0, 'the table is gone'))
})

test('a load balancer has an address of each family, for the laptop outside [NET-5] [SVC-9]', async () => {
  await create(service('balanced', { app: 'netserver' }, { type: 'LoadBalancer' }))
  const [four = '', six = ''] = await eventually(async () => {
    const ips = (
      await cluster.kubectlWords(['get', 'svc', 'balanced', '-o', 'jsonpath={.status.loadBalancer.ingress[*].ip}'])
    ).split(' ')
    assert.equal(ips.length, 2)
    return ips
  })
  assert.match(six, /^fd00:192:168:1::/)
  for (const host of [four, six])
    await eventually(async () =>
      assert.deepEqual(JSON.parse((await cluster.outside(...dialer({ protocol: 'http', host, port: PORTS.http }))).out), NAMES),
    )
})

for (const [i, protocol] of PROTOCOLS.entries())
  test(`${GRANULAR} should update endpoints: ${protocol} [EPS-1] [NET-9] [SVC-9]`, async () => {
    await answeredBy('test-container', protocol, NAMES)
    const left = NAMES.filter((_, each) => each !== i)
    await cluster.kubectl(`delete pod ${NAMES[i]}`)
    await answeredBy('test-container', protocol, left)
    await create(JSON.stringify(netserver(NAMES[i]!, { app: 'netserver' }, { nodeName: `node${i + 1}` })))
    await whenReady(NAMES[i]!)
    await answeredBy('test-container', protocol, NAMES)
  })
