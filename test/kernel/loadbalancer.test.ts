/**
 * Load balancer addresses in real networks: who answers for them, and what neighbours believe.
 *
 * This namespace is node1, 192.168.1.2; node2 is 192.168.1.3 and `outside` 192.168.1.10, all on the switch in `switch`. In
 * fd00:192:168:1::/64 they have the same numbers.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { type Node, nodes, type Service, services } from '../../src/api/index.ts'
import { createIp, type Ip, setSysctl } from '../../src/kernel/index.ts'
import { silent, systemClock } from '../../src/lib/index.ts'
import { runAnswering } from '../../src/loadbalancer/index.ts'
import { eventually, fakeCaches, inNamespaces } from '../../src/testing/index.ts'

const POOL = ['192.168.1.64/26', 'fd00:192:168:1::40/122']
const [ADDRESS, ADDRESS6] = ['192.168.1.64', 'fd00:192:168:1::40']

const sh = (script: string): string =>
  execFileSync('sh', ['-ec', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

const node = (name: string, ready: boolean): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
})

const balanced: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name: 'kubia' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [ADDRESS, ADDRESS6].map((ip) => ({ ip, ipMode: 'VIP' })) } },
}

/** ip(8) as it would be in node2's own process. */
const ipOfNode2: Ip = {
  batch: async (commands) => {
    for (const command of commands) sh(`ip -n node2 ${command}`)
  },
  query: async (args) => JSON.parse(sh(`ip -n node2 -json ${args.join(' ')}`)) as Record<string, unknown>[],
}

/** Whose link address outside has for one of the load balancer's, after a packet to it. */
function answering(address = ADDRESS): string | undefined {
  sh(`ip netns exec outside timeout 1 bash -c 'echo x >/dev/udp/${address}/9' || true`)
  const mac = /lladdr (\S+)/.exec(sh(`ip -n outside neigh show ${address}`))?.[1]
  if (!mac) return undefined
  return sh('ip link show eth0').includes(mac) ? 'node1' : sh('ip -n node2 link show eth0').includes(mac) ? 'node2' : mac
}

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const caches = fakeCaches()
  const stop = new AbortController()
  before(() => {
    sh('ip netns add switch; ip -n switch link add br0 type bridge; ip -n switch link set br0 up')
    sh('ip link add eth0 type veth peer name node1 netns switch; ip addr add 192.168.1.2/24 dev eth0; ip link set eth0 up')
    for (const [name, ip] of [
      ['node2', '192.168.1.3'],
      ['outside', '192.168.1.10'],
    ] as const) {
      sh(`ip netns add ${name}; ip -n ${name} link add eth0 type veth peer name ${name} netns switch
          ip -n ${name} addr add ${ip}/24 dev eth0; ip -n ${name} link set eth0 up`)
    }
    for (const name of ['node1', 'node2', 'outside']) sh(`ip -n switch link set ${name} master br0 up`)
    sh('ip addr add fd00:192:168:1::2/64 dev eth0 nodad')
    for (const [name, number] of [
      ['node2', 3],
      ['outside', 10],
    ] as const)
      sh(`ip -n ${name} addr add fd00:192:168:1::${number.toString(16)}/64 dev eth0 nodad`)
  })
  after(() => stop.abort())

  test('the elected node answers ARP for the address, and the next one when it is lost [NET-5]', async () => {
    for (const name of ['node1', 'node2']) caches.put(nodes, node(name, true))
    const common = { caches, clock: systemClock, log: silent, device: 'eth0', pool: POOL }
    await runAnswering({ ...common, nodeName: 'node1', ip: createIp(), setSysctl }, stop.signal)
    const setThere = (name: string, value: string | number): void =>
      void sh(`ip netns exec node2 sh -c 'echo ${value} > /proc/sys/${name.replaceAll('.', '/')}'`)
    await runAnswering({ ...common, nodeName: 'node2', ip: ipOfNode2, setSysctl: setThere }, stop.signal)
    assert.equal(answering(), undefined)
    caches.put(services, balanced)
    await eventually(() => assert.equal(answering(), 'node1'))

    caches.put(nodes, node('node1', false))
    await eventually(() => assert.equal(answering(), 'node2'))
    caches.put(nodes, node('node1', true))
    await eventually(() => assert.equal(answering(), 'node1'))
  })

  test('so it is with neighbour solicitations for an IPv6 address, and the neighbours are told at once [NET-5] [SVC-9]', async () => {
    await eventually(() => assert.equal(answering(ADDRESS6), 'node1'))
    assert.match(sh('ip route get fd00:192:168:1::4a'), /src fd00:192:168:1::2 /, 'nobody speaks as the load balancer')
    caches.put(nodes, node('node1', false))
    const believed = (): string => sh(`ip -n outside neigh show ${ADDRESS6}`)
    const [, mac = 'none'] = /ether (\S+)/.exec(sh('ip -n node2 link show eth0')) ?? []
    await eventually(() => assert.match(believed(), new RegExp(mac)))
    caches.put(nodes, node('node1', true))
    await eventually(() => assert.equal(answering(ADDRESS6), 'node1'))
  })

  test('a deleted Service leaves no address behind, and what is not of the pool stays [NET-5]', async () => {
    sh('ip addr add 192.168.1.200/32 dev eth0')
    caches.remove(services, 'default/kubia')
    await eventually(() => assert.doesNotMatch(sh('ip addr show eth0'), new RegExp(`${ADDRESS}|${ADDRESS6}`)))
    assert.match(sh('ip addr show eth0'), /192\.168\.1\.2\/24/)
    assert.match(sh('ip addr show eth0'), /fd00:192:168:1::2\/64/)
    assert.match(sh('ip addr show eth0'), /192\.168\.1\.200\/32/)
  })
})
