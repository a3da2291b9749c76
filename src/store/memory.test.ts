import { storeContract } from './contract.ts'
import { memoryStore } from './open.ts'

storeContract('memory', async (window) => memoryStore(window))
