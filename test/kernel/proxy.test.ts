/**
 * The proxy's rules in a real kernel, crossed by real packets.
 *
 * The address plan: this namespace is the node, 192.168.1.2. Pods are namespaces pod-a 10.244.0.2, pod-b 10.244.0.3 and,
 * as on another node, pod-c 10.244.1.2. `outside` is 192.168.1.10. Cluster IPs are 10.96.0.x.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { type EndpointSlice, endpointSlices, type Service, services } from '../../src/api/index.ts'
import { createNft } from '../../src/kernel/index.ts'
import { silent, systemClock } from '../../src/lib/index.ts'
import { runProxy } from '../../src/proxy/index.ts'
import { eventually, type FakeCaches, fakeCaches, inNamespaces } from '../../src/testing/index.ts'

const PODS = { 'pod-a': '10.244.0.2', 'pod-b': '10.244.0.3', 'pod-c': '10.244.1.2' }
const HOSTS = { ...PODS, outside: '192.168.1.10' }
const NODE_IP = '192.168.1.2'

const sh = (script: string): string =>
  execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Every host is a namespace with one veth to the node, routed, so that every packet passes the node's hooks. */
function makeHosts(): void {
  sh(
    'echo 1 > /proc/sys/net/ipv4/ip_forward; ip link add gw type veth peer name gw2; ip addr add 192.168.1.2/32 dev gw; ip link set gw up; ip link set gw2 up',
  )
  for (const [name, ip] of Object.entries(HOSTS)) {
    sh(`ip netns add ${name}; ip link add v-${name} type veth peer name eth0 netns ${name}
        ip addr add 169.254.1.1/32 dev v-${name}; ip link set v-${name} up; ip route add ${ip}/32 dev v-${name}
        ip -n ${name} addr add ${ip}/32 dev eth0; ip -n ${name} link set eth0 up; ip -n ${name} link set lo up
        ip -n ${name} route add 169.254.1.1/32 dev eth0; ip -n ${name} route add default via 169.254.1.1`)
  }
  sh('ip route add default via 192.168.1.10 dev v-outside onlink')
}

const SERVER = `
const name = process.argv[1], http = require('http'), dgram = require('dgram')
http.createServer((q, r) => { r.setHeader('connection', 'close'); r.end(name + ' ' + q.socket.remoteAddress.replace('::ffff:', '')) }).listen(8080, () => {
  const udp = dgram.createSocket('udp4'); udp.on('message', (m, r) => udp.send(name, r.port, r.address))
  udp.bind(8080, () => console.log('up'))
})`

/** What a client in `from` gets: the name of the Pod that answered and the address it saw, or curl's exit code. */
function curl(from: string, url: string): Promise<string> {
  const enter = from === 'node' ? [] : ['ip', 'netns', 'exec', from]
  return new Promise((resolve) => {
    execFile('env', [...enter, 'curl', '-s', '--max-time', '1', url], (error, stdout) =>
      resolve(error ? `exit ${error.code}` : stdout),
    )
  })
}
const REFUSED = 'exit 7'
const TIMED_OUT = 'exit 28'

const service = (name: string, ip: string, spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: ip, clusterIPs: [ip], type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }], ...spec },
})

const slice = (name: string, pods: readonly (keyof typeof PODS)[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: pods.map((pod) => ({
    addresses: [PODS[pod]],
    conditions: { ready: true },
    nodeName: pod === 'pod-c' ? 'node2' : 'node1',
  })),
})

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const stop = new AbortController()
  const caches: FakeCaches = fakeCaches()
  let written = 0

  before(async () => {
    makeHosts()
    await Promise.all(
      Object.keys(PODS).map(async (pod) => {
        const server = spawn('ip', ['netns', 'exec', pod, process.execPath, '-e', SERVER, pod], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        stop.signal.addEventListener('abort', () => server.kill('SIGKILL'))
        await new Promise((resolve, reject) => {
          server.stdout.once('data', resolve)
          server.once('exit', (code) => reject(new Error(`the server in ${pod} ended with ${code}`)))
        })
      }),
    )
    await startProxy()
  })
  after(() => stop.abort())

  const startProxy = (): Promise<void> => {
    const options = { podCIDR: '10.244.0.0/16', serviceCIDRs: ['10.96.0.0/12'], nodeName: 'node1' }
    const onSync = (elements: number): void => void (written += elements)
    return runProxy({ ...options, caches, nft: createNft(), clock: systemClock, log: silent, onSync }, stop.signal)
  }
  const put = (one: Service, pods: readonly (keyof typeof PODS)[]): void => {
    caches.put(services, one)
    caches.put(endpointSlices, slice(one.metadata.name!, pods))
  }
  const answers = async (from: string, url: string, times = 40): Promise<Set<string>> => {
    const all = await Promise.all(Array.from({ length: times }, () => curl(from, url)))
    return new Set(all.map((answer) => answer.split(' ')[0]!))
  }

  test('a Pod reaches every endpoint of a Service by its cluster IP, with its own address [SVC-1] [NET-2]', async () => {
    put(service('kubia', '10.96.0.10'), ['pod-a', 'pod-b', 'pod-c'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.10'), /^pod-/))
    assert.deepEqual(await answers('pod-b', 'http://10.96.0.10'), new Set(['pod-a', 'pod-b', 'pod-c']))
    await eventually(async () => assert.equal(await curl('pod-b', 'http://10.96.0.10'), 'pod-a 10.244.0.3'))
  })

  test('a Pod reaches itself through its own Service [NET-2]', async () => {
    put(service('self', '10.96.0.11'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.11'), /^pod-a /))
  })

  test('the node itself reaches a Service [NET-2]', async () => {
    await eventually(async () => assert.match(await curl('node', 'http://10.96.0.10'), /^pod-/))
  })

  test('other ports of a cluster IP are refused at once, and unallocated addresses are dropped [NET-3]', async () => {
    assert.equal(await curl('pod-a', 'http://10.96.0.10:81'), REFUSED)
    assert.equal(await curl('pod-a', 'http://10.96.0.99'), TIMED_OUT)
  })

  test('a Service without endpoints is refused until it has one, and again when it has none [NET-3]', async () => {
    put(service('empty', '10.96.0.12'), [])
    await eventually(async () => assert.equal(await curl('pod-a', 'http://10.96.0.12'), REFUSED))
    put(service('empty', '10.96.0.12'), ['pod-b'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.12'), /^pod-b/))
    put(service('empty', '10.96.0.12'), [])
    await eventually(async () => assert.equal(await curl('pod-a', 'http://10.96.0.12'), REFUSED))
  })

  test('a node port answers from outside, with and without an endpoint on this node, masqueraded [NET-4]', async () => {
    put(service('outer', '10.96.0.13', { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30008 }] }), [
      'pod-a',
      'pod-c',
    ])
    await eventually(async () => assert.match(await curl('outside', `http://${NODE_IP}:30008`), /^pod-/))
    assert.deepEqual(await answers('outside', `http://${NODE_IP}:30008`), new Set(['pod-a', 'pod-c']))
    assert.doesNotMatch(await curl('outside', `http://${NODE_IP}:30008`), /192\.168\.1\.10/)
    assert.match(await curl('pod-b', `http://${NODE_IP}:30008`), /^pod-/)
  })

  test('externalTrafficPolicy Local keeps the client address and uses local endpoints only [NET-7]', async () => {
    const spec = { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, protocol: 'TCP', nodePort: 30009 }] }
    put(service('local', '10.96.0.14', spec), ['pod-a', 'pod-c'])
    await eventually(async () => assert.equal(await curl('outside', `http://${NODE_IP}:30009`), 'pod-a 192.168.1.10'))
    assert.deepEqual(await answers('outside', `http://${NODE_IP}:30009`, 20), new Set(['pod-a']))
  })

  test('external addresses are routed to the Service where they arrive [NET-6]', async () => {
    put(service('external', '10.96.0.15', { externalIPs: ['198.51.100.32'] }), ['pod-b'])
    await eventually(async () => assert.match(await curl('outside', 'http://198.51.100.32'), /^pod-b/))
  })

  test('a change writes its own elements and no others', async () => {
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.10'), /^pod-/))
    written = 0
    put(service('one-more', '10.96.0.16'), ['pod-b'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.16'), /^pod-b/))
    assert.ok(written <= 5, `${written} elements were written`)
  })

  test('a UDP Service answers, also beside TCP on the same port [SVC-4] [SVC-5] [NET-2]', async () => {
    const ports = [
      { name: 'tcp', port: 80, protocol: 'TCP' },
      { name: 'udp', port: 80, protocol: 'UDP' },
    ]
    caches.put(services, service('both', '10.96.0.18', { ports }))
    const { ports: _, ...rest } = slice('both', ['pod-a', 'pod-c'])
    caches.put(endpointSlices, { ...rest, ports: ports.map(({ name, protocol }) => ({ name, protocol, port: 8080 })) })
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.18'), /^pod-/))
    const ask = `const s = require('dgram').createSocket('udp4'); s.on('message', (m) => { console.log(String(m)); s.close() }); s.send('x', 80, '10.96.0.18')`
    await eventually(() => assert.match(sh(`timeout 1 ip netns exec pod-b ${process.execPath} -e "${ask}"`), /^pod-[ac]/))
  })

  test('a deleted Service is refused nowhere and routed nowhere: its address is dropped [NET-3]', async () => {
    caches.remove(services, 'default/one-more')
    await eventually(async () => assert.equal(await curl('pod-a', 'http://10.96.0.16'), TIMED_OUT))
  })

  test('a flushed table is mended by the next change, and a restarted proxy breaks nothing [NET-11]', async () => {
    sh('nft flush table ip portolan-proxy; nft delete table ip portolan-proxy')
    put(service('mended', '10.96.0.17'), ['pod-b'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.17'), /^pod-b/))
    assert.match(await curl('pod-a', 'http://10.96.0.10'), /^pod-/)
    const table = sh('nft -s list table ip portolan-proxy')
    await startProxy()
    assert.deepEqual(sh('nft -s list table ip portolan-proxy').split('\n').sort(), table.split('\n').sort())
  })
})
