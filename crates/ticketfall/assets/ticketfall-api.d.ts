/** A status, word for word; a fall carries the venue's local time, like `TicketFall_09:41pm`. */
export type MonitoringStatus =
  | 'SearchingTickets'
  | `TicketFall_${string}`
  | 'Tickets'
  | 'SessionError'
  | 'KeyNotFound'
  | 'Captcha'
  | 'Queue'
  | 'Blocked'
  | 'BackingOff'
  | 'StartingAgain'
  | 'Stopped';

/** Major units as a plain decimal, and the ISO 4217 code. */
export interface Money {
  amount: string;
  currency: string;
}

/** What a member wants; what is left out, or null, has its default. */
export interface Configuration {
  /** Seconds between looks: a string or a number, '1' by default. */
  speedLimit?: string | number | null;
  /** Seats wanted: 2 by default. */
  seatCount?: number | string | null;
  /** 'All', or the name of an area, a ticket type or a buyer class. */
  selectedType?: string | null;
  /** Area ids, the dearest to the member first; empty is any. */
  selectedAreas?: Array<string | number> | null;
  /** The access keyword, where an event needs one. Answers leave it empty. */
  keyword1?: string | null;
  /** Milliseconds that one request may take: 30000 by default. */
  requestTimeout?: number | string | null;
  /** The match page; left out, the page that the member's browser shows. */
  event?: string | null;
  /** The most that one seat may cost: £100.00 by default. */
  maxPrice?: Money | null;
  /** Whether the seats must be adjacent: true by default. */
  together?: boolean | null;
  /** Printed names of rows; empty is any. */
  rows?: string[] | null;
  /** Whether seats that fit are held, or only told: 'hold' by default. */
  onMatch?: 'hold' | 'notify' | null;
  /** Who comes first when members want the same seats: the highest. */
  priority?: number | null;
}

/** A seat as the basket prints it. */
export interface Seat {
  area: string | null;
  block: string | null;
  row: string | null;
  seat: string | null;
  price: Money | null;
}

/** A search and how it stands. Times are RFC 3339. */
export interface Monitor {
  profile: string;
  status: MonitoringStatus;
  /** Why, where there is more to say than the word. */
  detail: string | null;
  seller: string | null;
  event: string | null;
  eventUrl: string | null;
  queue: { ahead: number | null; expectedSeconds: number | null } | null;
  nextLookAt: string | null;
  held: { seats: Seat[]; total: Money | null; expiresAt: string; orderPage: string | null } | null;
  configuration: Required<Omit<Configuration, 'event'>> & { event?: string } | null;
  startsWithService: boolean;
  waitingSince: string | null;
  statusAt: string | null;
}

/** What became of one cookie; never its value. */
export interface CookieReport {
  name: string;
  domain: string;
  outcome: 'set' | 'changed' | 'refused' | 'dropped';
  why?: string;
}

/** What became of one member's update. */
export type ProfileReport =
  | {
      profile: string;
      outcome: 'updated';
      inBrowser: boolean;
      cookies: CookieReport[];
      leftOut: string[];
      sessionCookies: number;
      takenAt: string;
    }
  | { profile: string; outcome: 'failed'; at: string; kind: 'noProfile' | 'unreachable' | 'other'; why: string };

/** An update of cookies; `reports` has every member when it is done. */
export interface CookieUpdate {
  id: number;
  state: 'running' | 'done' | 'interrupted';
  startedAt: string;
  endedAt: string | null;
  profiles: Array<{ profile: string; step: string }>;
  reports: ProfileReport[];
}

/** One thing that keeps a search from starting. */
export interface Refusal {
  name: string;
  words: string;
  advice: string;
  status: MonitoringStatus;
}

/** A request that was refused; the message has every refusal, a line each. */
export class TicketfallError extends Error {
  readonly status: number;
  readonly type: string;
  readonly refusals: Refusal[];
}

/** The calls of the original application. Each rejects with a {@link TicketfallError}. */
export interface TicketfallApi {
  /** Starts a search, or lets one that runs take up the configuration; resolves with how it stands. */
  startLookingForTickets(profileId: string, configuration?: Configuration): Promise<Monitor>;
  /** Stops a search, and resolves when it does not run; one that never ran is stopped already. */
  stopLookingForTickets(profileId: string): Promise<Monitor>;
  /** How the search of a profile stands. */
  getMonitoringStatus(profileId: string): Promise<Monitor>;
  /** Fetches fresh cookies for a profile, or for all; resolves with the report when it is done. */
  updateCookies(profileId?: string): Promise<CookieUpdate>;
}

export interface Options {
  /** Where the service is, like `http://127.0.0.1:7474`; a page of the service leaves it out. */
  baseUrl?: string;
  /** The token in the file `api-token`; a page of the service leaves it out. */
  token?: string;
  /** Sends requests, in place of the global one. */
  fetch?: typeof fetch;
}

export function createTicketfallApi(options?: Options): TicketfallApi;

declare global {
  interface Window {
    /** On the dashboard's own pages. */
    readonly api: TicketfallApi;
  }
}
