/**
 * Equal reads that are under way in this process. The first one leads; those that come while it lasts wait for it and
 * then look into the cache again, so that what they get is no older than what the cache would have given them.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /**
   * Joins the flight of a key.
   * @returns a wait for its landing; undefined where there is none: then the caller leads, and must `land`
   */
  join(key: string, server: string, leader: object): Promise<void> | undefined {
    const flight = this.#flights.get(key);
    if (flight) return flight.landed;
    this.#flights.set(key, takeOff(server, leader));
    return undefined;
  }

  /** Ends the flight of a key, whether it brought a result or not. Nothing happens where somebody else leads it. */
  land(key: string, leader: object): void {
    const flight = this.#flights.get(key);
    if (flight?.leader !== leader) return;
    this.#flights.delete(key);
    flight.land();
  }

  /** Something was written at a server: reads that are under way there may be older, so nobody joins them any more. */
  overtake(server: string): void {
    for (const [key, flight] of this.#flights) {
      if (flight.server !== server) continue;
      this.#flights.delete(key);
      flight.land();
    }
  }

  /** Ends all flights of a leader that is gone. */
  landAll(leader: object): void {
    for (const [key, flight] of this.#flights) if (flight.leader === leader) this.land(key, leader);
  }
}

interface Flight {
  readonly server: string;
  readonly leader: object;
  readonly landed: Promise<void>;
  readonly land: () => void;
}

function takeOff(server: string, leader: object): Flight {
  let land = nothing;
  const landed = new Promise<void>((resolve) => {
    land = resolve;
  });
  return { server, leader, landed, land };
}

function nothing(): void {
  // In place until the promise hands out its own.
}
