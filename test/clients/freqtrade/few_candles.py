"""A freqtrade strategy that buys at once, and sells so many minutes after it has bought (KEYSTILE_CANDLES)."""
import datetime
import os

from freqtrade.strategy import IStrategy


class FewCandles(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {}
    stoploss = -0.5
    startup_candle_count = 1
    process_only_new_candles = False

    def populate_indicators(self, dataframe, metadata):
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def custom_exit(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        held = datetime.timedelta(minutes=int(os.environ["KEYSTILE_CANDLES"]))
        return "enough" if current_time - trade.open_date_utc >= held else None
