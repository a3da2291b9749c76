/**
 * SCTP through the proxy's rules. Few kernels have SCTP sockets, but every one with netfilter can translate it: so the packets that
 * open an association are made here, and looked at where they arrive.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { NODE_IP, NODE_IP6, type Pod, PODS, PODS6, proxyNetwork, service, service6, sh, slice, slice6 } from './proxy-network.ts'
import { crc32c, ICMP, type Packet, rawSocket, SCTP, sctpPacket } from './raw-packets.ts'

const INIT = 1
const INIT_ACK = 2
const TAG = 0x1234_5678

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const { caches } = proxyNetwork()
  let port = 40_000

  const put = (pods: readonly Pod[]): void => {
    const ports = [{ port: 3868, protocol: 'SCTP', nodePort: 30868 }]
    caches.put(services, service('diameter', '10.96.0.50', { type: 'NodePort', ports }))
    caches.put(endpointSlices, { ...slice('diameter', pods), ports: [{ name: '', protocol: 'SCTP', port: 8080 }] })
  }
  const summary = ({ from, to, payload }: Packet) => ({
    from: `${from}:${payload.readUInt16BE(0)}`,
    to: `${to}:${payload.readUInt16BE(2)}`,
    chunk: payload[12],
    sound: crc32c(Buffer.concat([payload.subarray(0, 8), Buffer.alloc(4), payload.subarray(12)])) === payload.readUInt32LE(8),
  })

  test('an association is opened through a cluster IP, both ways translated [NET-2] [SVC-4]', async () => {
    put(['pod-a'])
    const [client, server] = [rawSocket('pod-b', SCTP), rawSocket('pod-a', SCTP)]
    const arrived = await eventually(() => {
      client.send('10.96.0.50', sctpPacket([++port, 3868], INIT, 0))
      const packet = server.received().at(-1)
      assert.ok(packet)
      return packet
    })
    const from = arrived.payload.readUInt16BE(0)
    assert.deepEqual(summary(arrived), {
      from: `${PODS['pod-b']}:${from}`,
      to: `${PODS['pod-a']}:8080`,
      chunk: INIT,
      sound: true,
    })
    server.send(PODS['pod-b'], sctpPacket([8080, from], INIT_ACK, TAG))
    const answer = await eventually(() => {
      const packet = client.received().find(({ payload }) => payload[12] === INIT_ACK)
      assert.ok(packet)
      return packet
    })
    assert.deepEqual(summary(answer), { from: '10.96.0.50:3868', to: `${PODS['pod-b']}:${from}`, chunk: INIT_ACK, sound: true })
  })

  test('node ports are masqueraded, and every endpoint gets some [NET-4] [NET-2]', async () => {
    put(['pod-a', 'pod-c'])
    const client = rawSocket('outside', SCTP)
    const servers = [rawSocket('pod-a', SCTP), rawSocket('pod-c', SCTP)]
    const seen = [new Set<string>(), new Set<string>()]
    await eventually(() => {
      client.send(NODE_IP, sctpPacket([++port, 30868], INIT, 0))
      servers.forEach((server, i) => server.received().forEach((packet) => seen[i]!.add(packet.from)))
      assert.ok(seen.every(({ size }) => size > 0))
    })
    assert.ok(!seen.some((froms) => froms.has('192.168.1.10')))
  })

  test('[Feature:IPv6DualStack] Granular Checks: Services Secondary IP Family [LinuxOnly] should function for pod-Service: sctp [Feature:SCTPConnectivity] [NET-2] [SVC-9]', async () => {
    const ports = [{ port: 3868, protocol: 'SCTP', nodePort: 30868 }]
    caches.put(services, service6('diameter6', 'fd00:10:96::50', { type: 'NodePort', ports }))
    const { ports: _, ...rest } = slice6('diameter6', ['pod-c'])
    caches.put(endpointSlices, { ...rest, ports: [{ name: '', protocol: 'SCTP', port: 8080 }] })
    const [client, server] = [rawSocket('pod-b', SCTP, 'ip6'), rawSocket('pod-c', SCTP, 'ip6')]
    const arrivals = async (to: string, toPort: number) =>
      eventually(() => {
        client.send(to, sctpPacket([++port, toPort], INIT, 0))
        const packet = server.received().at(-1)
        assert.ok(packet)
        return packet
      })
    const { from, payload } = await arrivals('fd00:10:96::50', 3868)
    assert.deepEqual([from, payload.readUInt16BE(2), payload[12]], [PODS6['pod-b'], 8080, INIT])
    server.send(PODS6['pod-b'], sctpPacket([8080, payload.readUInt16BE(0)], INIT_ACK, TAG))
    const answer = await eventually(() => client.received().find((packet) => packet.payload[12] === INIT_ACK) ?? assert.fail())
    assert.deepEqual([answer.from, answer.payload.readUInt16BE(0)], ['fd00:10:96::50', 3868])
    assert.notEqual((await arrivals(NODE_IP6, 30_868)).from, PODS6['pod-b'], 'node ports are masqueraded')
  })

  test('without an endpoint it is refused, and its flows are deleted [NET-3] [NET-9]', async () => {
    const flows = (): string => sh('conntrack -L -p sctp 2>/dev/null')
    assert.match(flows(), /dst=10\.96\.0\.50 .*src=10\.244\.0\.2/)
    put([])
    await eventually(() => assert.doesNotMatch(flows(), /src=10\.244\./))
    const [client, errors] = [rawSocket('pod-b', SCTP), rawSocket('pod-b', ICMP)]
    client.send('10.96.0.50', sctpPacket([++port, 3868], INIT, 0))
    const [refusal] = await eventually(() => {
      const packets = errors.received()
      assert.ok(packets.length > 0)
      return packets
    })
    assert.deepEqual([...refusal!.payload.subarray(0, 2)], [3, 3], 'port unreachable')
  })
})
