/** UDP flows follow their Service; TCP connections are left alone. The sender has a fixed source port, so its flow is one and the same. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { endpointSlices, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { NODE_IP, type Pod, proxyNetwork, service, sh, slice } from './proxy-network.ts'

/** Sends a packet from port 4000 every 20 ms and prints who answered. */
const SENDER = `
const [to, port] = process.argv.slice(1), s = require('dgram').createSocket('udp4')
s.on('message', (m) => console.log(String(m))); s.on('error', () => {})
s.bind(4000, () => setInterval(() => s.send('x', Number(port), to), 20))`

interface Sender {
  /** Resolves when `pod` answers, and nobody else for the next few packets. */
  answeredBy(pod: Pod): Promise<void>
  end(): void
}

function sender(from: string, to: string, port: number): Sender {
  const child = spawn('ip', ['netns', 'exec', from, process.execPath, '-e', SENDER, to, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let heard: string[] = []
  createInterface(child.stdout).on('line', (line) => void (heard = [...heard.slice(-4), line]))
  return {
    answeredBy: (pod) => eventually(() => assert.deepEqual(heard, [pod, pod, pod, pod, pod])),
    end: () => child.kill('SIGKILL'),
  }
}

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()
  const { caches } = network

  const udp = (pods: readonly Pod[], change: { ip?: string; port?: number; nodePort?: number } = {}): void => {
    const { ip = '10.96.0.40', port = 53, nodePort = 30053 } = change
    const ports = [{ port, protocol: 'UDP', nodePort }]
    caches.put(services, service('dns', ip, { type: 'NodePort', ports }))
    const { ports: _, ...rest } = slice('dns', pods)
    caches.put(endpointSlices, { ...rest, ports: [{ name: '', protocol: 'UDP', port: 8080 }] })
  }
  const sending = async (to: string, port: number, body: (sender: Sender) => Promise<void>, from = 'outside'): Promise<void> => {
    const one = sender(from, to, port)
    try {
      await body(one)
    } finally {
      one.end()
    }
  }
  const flows = (): string => sh('conntrack -L -f ipv4 -p udp 2>/dev/null')
  const written = (): string => sh('nft list table ip portolan-proxy')

  test('a flow moves when its endpoint is removed [NET-9]', () =>
    sending(
      '10.96.0.40',
      53,
      async (flow) => {
        udp(['pod-a'])
        await flow.answeredBy('pod-a')
        udp(['pod-c'])
        await flow.answeredBy('pod-c')
      },
      'pod-b',
    ))

  test('a flow to a node port that nobody served finds the first endpoint, and again after none [NET-9]', async () => {
    caches.remove(services, 'default/dns')
    await eventually(() => assert.doesNotMatch(written(), /30053/))
    await sending(NODE_IP, 30053, async (flow) => {
      await eventually(() => assert.match(flows(), /dport=30053/))
      udp(['pod-a'])
      await flow.answeredBy('pod-a')
      udp([])
      await eventually(() => assert.doesNotMatch(flows(), /dport=30053.*src=10\.244\.0\.2/))
      udp(['pod-c'])
      await flow.answeredBy('pod-c')
    })
  })

  test('the flows of a deleted Service are deleted [NET-9]', () =>
    sending(
      '10.96.0.40',
      53,
      async (flow) => {
        udp(['pod-a'])
        await flow.answeredBy('pod-a')
        caches.remove(services, 'default/dns')
        await eventually(() => assert.doesNotMatch(flows(), /dport=53 .*src=10\.244\.0\.2/))
      },
      'pod-b',
    ))

  test('so are those of a port, an address or a node port that it has no more [NET-9]', async () => {
    for (const [to, port, change] of [
      ['10.96.0.40', 53, { port: 54 }],
      ['10.96.0.40', 53, { ip: '10.96.0.41' }],
      [NODE_IP, 30053, { nodePort: 30054 }],
    ] as const) {
      udp(['pod-a'])
      await sending(to, port, async (flow) => {
        await flow.answeredBy('pod-a')
        udp(['pod-a'], change)
        await eventually(() => assert.doesNotMatch(flows(), new RegExp(`dport=${port} .*src=10\\.244\\.0\\.2`)))
      })
    }
  })

  test('a flow stays with its endpoint while others come and go, and when the proxy is restarted [NET-9]', () =>
    sending(
      '10.96.0.40',
      53,
      async (flow) => {
        udp(['pod-a'])
        await flow.answeredBy('pod-a')
        sh('conntrack -U -f ipv4 -p udp --orig-dst 10.96.0.40 -m 77')
        udp(['pod-a', 'pod-c'])
        await eventually(() => assert.match(written(), /10\.96\.0\.40 \. 53 \. 1/))
        await network.restart()
        udp(['pod-a'])
        await eventually(() => assert.doesNotMatch(written(), /10\.96\.0\.40 \. 53 \. 1/))
        await flow.answeredBy('pod-a')
        assert.match(flows(), /mark=77/, 'it is still the same entry')
      },
      'pod-b',
    ))

  test('a TCP connection outlives its endpoint and its Service [NET-9]', async () => {
    network.put(service('web', '10.96.0.42'), ['pod-a'])
    await eventually(() => assert.match(written(), /10\.96\.0\.42 \. tcp \. 80 : goto pick/))
    sh(`ip netns exec pod-b ${process.execPath} -e "require('net').connect(80, '10.96.0.42', () => process.exit())"`)
    const entries = (): string => sh('conntrack -L -f ipv4 -p tcp --orig-dst 10.96.0.42 2>/dev/null')
    assert.match(entries(), /src=10\.244\.0\.2/)
    network.put(service('web', '10.96.0.42'), [])
    caches.remove(services, 'default/web')
    await eventually(() => assert.doesNotMatch(written(), /10\.96\.0\.42/))
    assert.match(entries(), /src=10\.244\.0\.2/)
  })
})
