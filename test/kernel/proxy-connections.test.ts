/** Connections that are hard to carry: to the same Pod by two ways, with stray packets, and large. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { endpointSlices, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, type Pod, PODS, proxyNetwork, service, sh, slice } from './proxy-network.ts'
import { rawSocket, TCP, tcpSegment } from './raw-packets.ts'

/** Connects from each of some ports; the server closes first. */
const CALLER = `
const [host, port] = process.argv.slice(1)
for (let localPort = 40000; localPort < 40040; localPort++)
  require('net').connect({ host, port, localPort }).resume().write('GET / HTTP/1.0\\r\\n\\r\\n')`

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const { caches, put } = proxyNetwork()
  const children: ChildProcess[] = []
  after(() => children.forEach((child) => child.kill('SIGKILL')))

  /** A program in a Pod; resolves with its process and the first line it prints. */
  const start = async (pod: Pod, program: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> => {
    const child = spawn('ip', ['netns', 'exec', pod, process.execPath, '-e', program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    children.push(child)
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, line: String(line).trim() }
  }
  /** A Service in front of a program that listens on port 9000 of pod-a. */
  const echo = (name: string, ip: string, protocol: 'TCP' | 'UDP'): void => {
    caches.put(services, service(name, ip, { type: 'NodePort', ports: [{ port: 90, protocol, nodePort: 30090 }] }))
    caches.put(endpointSlices, { ...slice(name, ['pod-a']), ports: [{ name: '', protocol, port: 9000 }] })
  }
  const dispatched = (frontend: string): Promise<void> =>
    eventually(() => assert.ok(sh('nft list map ip portolan-proxy service-ips').includes(`${frontend} : goto`)))

  test('a client that reaches a Pod by two ways from the same ports never waits for the other way [NET-9]', async () => {
    put(service('kubia', '10.96.0.10'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.10'), /^pod-a/))
    sh('ip netns exec pod-b sh -c "echo 2 > /proc/sys/net/ipv4/tcp_timestamps"')
    for (const way of [`${PODS['pod-a']} 8080`, '10.96.0.10 80']) {
      // With an entry of the other way the kernel would choose another port; those are gone when two minutes have passed.
      sh('conntrack -F 2>/dev/null')
      sh(`ip netns exec pod-b ${process.execPath} -e "${CALLER}" ${way}`)
    }
    assert.equal(netstat('pod-a', 'PAWSTimewait'), 0)
  })

  test('packets that belong to no connection are dropped and reset none [NET-10]', async () => {
    echo('echo', '10.96.0.11', 'TCP')
    await start('pod-a', `require('net').createServer((s) => s.pipe(s)).listen(9000, () => console.log('up'))`)
    await dispatched('10.96.0.11 . tcp . 90')
    const talk = `const s = require('net').connect(90, '10.96.0.11', () => console.log(s.localPort))
      s.on('data', (d) => process.stdout.write(d)); s.on('close', () => process.exit(1)); process.stdin.pipe(s)`
    const { child, line } = await start('pod-b', talk)
    const resets = (): number => snmp('pod-b', 'Tcp', 'OutRsts')
    const [before, server] = [resets(), rawSocket('pod-a', TCP)]
    // Of the connection by its addresses, but far outside of what either side waits for: it can't be translated. Behind what is waited
    // for it might be a late one, which is let through; ten of them reach over more than half of all numbers.
    const ends = { from: [PODS['pod-a'], 9000], to: [PODS['pod-b'], Number(line)] } as const
    const stray = (): void => {
      for (let i = 0; i < 10; i++)
        server.send(PODS['pod-b'], tcpSegment({ ...ends, sequence: i * 0x1000_0000, acknowledged: 77 }))
    }
    stray()
    await eventually(() => assert.match(sh('nft list counter ip portolan-proxy invalid-packets'), /packets [1-9]/))
    child.stdin!.write('still here')
    const [said] = (await once(child.stdout!, 'data')) as [Buffer]
    assert.equal(String(said), 'still here')
    assert.equal(resets(), before)
    await eventually(() => {
      // The proxy puts its rules back within seconds.
      sh('nft flush chain ip portolan-proxy filter-forward')
      stray()
      assert.ok(resets() > before, 'the client would say that it knows nothing of this')
    })
  })

  test('large requests get through, in fragments over UDP [NET-10]', async () => {
    echo('large', '10.96.0.12', 'UDP')
    await start(
      'pod-a',
      `const s = require('dgram').createSocket('udp4'); s.on('message', (m, r) => s.send(m, r.port, r.address)).bind(9000, () => console.log('up'))`,
    )
    await dispatched('10.96.0.12 . udp . 90')
    const ask = `const s = require('dgram').createSocket('udp4'); s.on('message', (m) => { console.log(m.length); s.close() })
      s.send(Buffer.alloc(60000), Number(process.argv[2]), process.argv[1])`
    for (const to of ['10.96.0.12 90', `${NODE_IP} 30090`])
      assert.equal((await start('pod-b', ask, ...to.split(' '))).line, '60000')
    const pour = `const s = require('net').connect(90, '10.96.0.11', () => s.end(Buffer.alloc(5e6))); let n = 0
      s.on('data', (d) => (n += d.length)).on('end', () => console.log(n))`
    put(service('kubia', '10.96.0.10'), [])
    assert.equal((await start('pod-b', pour)).line, '5000000')
  })

  test('a connection that one side has closed is kept for an hour [NET-10]', async () => {
    const closer = `require('net').createServer({ allowHalfOpen: true }, (s) => s.end()).listen(9001, () => console.log('up'))`
    await start('pod-c', closer)
    caches.put(services, service('closed', '10.96.0.13'))
    caches.put(endpointSlices, { ...slice('closed', ['pod-c']), ports: [{ name: '', protocol: 'TCP', port: 9001 }] })
    await dispatched('10.96.0.13 . tcp . 80')
    const wait = `const s = require('net').connect({ port: 80, host: '10.96.0.13', allowHalfOpen: true }, () => console.log('open')).resume(); setInterval(() => {}, 1000)`
    await start('pod-b', wait)
    await eventually(() => {
      const [, seconds] = /tcp +6 (\d+) CLOSE_WAIT .*dst=10\.96\.0\.13 /.exec(sh('conntrack -L -p tcp 2>/dev/null')) ?? []
      assert.ok(Number(seconds) > 3500 && Number(seconds) <= 3600, `${seconds} seconds`)
    })
  })

  test('packets to node ports on 127.0.0.1 are counted [NET-4]', async () => {
    const counted = (): number => Number(/packets (\d+)/.exec(sh('nft list counter ip portolan-proxy localhost-packets'))![1])
    const before = counted()
    put(service('looped', '10.96.0.14', { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30014 }] }), ['pod-a'])
    await eventually(async () => assert.match(await curl('node', 'http://127.0.0.1:30014'), /^pod-a/))
    assert.equal(counted(), before + 1)
    await curl('node', `http://${NODE_IP}:30014`)
    assert.equal(counted(), before + 1)
  })
})

/** Counters of a host's /proc/net/netstat and /proc/net/snmp. */
const netstat = (host: string, name: string): number => counter(host, 'netstat', { group: 'TcpExt', name })
const snmp = (host: string, group: string, name: string): number => counter(host, 'snmp', { group, name })

function counter(host: string, file: string, { group, name }: { group: string; name: string }): number {
  const [names = '', values = ''] = sh(`ip netns exec ${host} cat /proc/net/${file}`)
    .split('\n')
    .filter((line) => line.startsWith(`${group}:`))
  return Number(values.split(' ')[names.split(' ').indexOf(name)])
}
