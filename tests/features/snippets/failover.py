# failover.py
import asyncio
from geode_client import Client


class FailoverManager:
    def __init__(self, primary_host, replica_hosts):
        self.primary = primary_host
        self.replicas = replica_hosts
        self.current_host = primary_host

    async def health_check(self, host):
        """Check if host is healthy"""
        try:
            client = Client(host, timeout=5)
            async with client.connection() as client:
                await client.ping()
                return True
        except Exception:
            return False

    async def failover(self):
        """Perform failover to healthy replica"""
        # Check primary
        if await self.health_check(self.primary):
            self.current_host = self.primary
            return self.primary
        # Try replicas
        for replica in self.replicas:
            if await self.health_check(replica):
                print(f"Failing over to {replica}")
                self.current_host = replica
                await self.promote_replica(replica)
                return replica
        raise Exception("No healthy Geode instances available")

    async def promote_replica(self, replica):
        """Promote replica to primary"""
        client = Client(replica)
        async with client.connection() as client:
            await client.execute("CALL system.promote_to_primary()")

    async def monitor(self):
        """Continuously monitor and failover if needed"""
        while True:
            await asyncio.sleep(10)  # Check every 10 seconds
            if not await self.health_check(self.current_host):
                print(f"Current host {self.current_host} unhealthy")
                await self.failover()
