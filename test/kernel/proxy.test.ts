/** The proxy's rules in a real kernel, crossed by real packets. The address plan stands in proxy-network.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, proxyNetwork, REFUSED, service, sh, slice, TIMED_OUT } from './proxy-network.ts'

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()
  const { answers, caches, put } = network

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
    network.written()
    put(service('one-more', '10.96.0.16'), ['pod-b'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://10.96.0.16'), /^pod-b/))
    const written = network.written()
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
    await network.restart()
    assert.deepEqual(sh('nft -s list table ip portolan-proxy').split('\n').sort(), table.split('\n').sort())
  })
})
