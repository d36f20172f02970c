<?php
/**
 * Plugin Name:          Convey for WooCommerce
 * Description:          Adds Convey's pixel to the shop and stores the visitor on each order, so that browser and webhook report one purchase.
 * Version:              0.1.0
 * Requires at least:    6.0
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 8.0
 * License:              Apache-2.0
 * License URI:          https://www.apache.org/licenses/LICENSE-2.0
 *
 * The plugin does this, in the order of a visit:
 *
 *  1. Adds the pixel to the head of every page, and passes on the choice that a consent plugin stores by the WP Consent API.
 *  2. Reports ViewContent, AddToCart and InitiateCheckout. Pages may come from a cache.
 *  3. Stores the visitor, the checkout and what rules ask for on the order. WooCommerce's webhook sends them to Convey.
 *  4. Reports the purchase on the thank-you page, once, with the same id as the webhook.
 *
 * Hooks: https://woocommerce.github.io/code-reference/hooks/hooks.html (2026-11)
 * Consent: https://github.com/WordPress/wp-consent-level-api (2026-11)
 *
 * @package Convey
 */

defined( 'ABSPATH' ) || exit;

// The plugin uses WooCommerce's functions for orders, so it is compatible with every order storage.
add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', __FILE__, true );
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', __FILE__, true );
		}
	}
);

/*
 * Settings: WooCommerce > Convey.
 */

/** Returns the settings, with defaults. */
function convey_settings(): array {
	$set = get_option( 'convey_settings' );
	return array_merge(
		array(
			'pixel'       => '',
			'write_key'   => '',
			'after_a_yes' => '',
			'once_paid'   => '',
		),
		is_array( $set ) ? $set : array()
	);
}

/** Validates the form's input. An invalid field keeps its value and shows an error. */
function convey_validate_settings( $input ): array {
	$input    = array_filter( is_array( $input ) ? $input : array(), 'is_string' );
	$settings = convey_settings();

	// esc_url_raw() turns any text into a URL, so the scheme is checked first.
	$pixel = preg_match( '#^https?://#i', trim( $input['pixel'] ?? '' ) ) ? esc_url_raw( trim( $input['pixel'] ), array( 'https', 'http' ) ) : '';
	$parts = wp_parse_url( $pixel );
	if ( isset( $parts['host'], $parts['path'] ) && '/' !== $parts['path'] && false === strpbrk( $pixel, '?#' ) ) {
		$settings['pixel'] = $pixel;
	} else {
		add_settings_error( 'convey_settings', 'pixel', __( 'The pixel URL is not complete. Copy it from your gateway, such as https://data.shop.example/p.js.', 'convey' ) );
	}

	$key = trim( $input['write_key'] ?? '' );
	if ( preg_match( '/^wk_[A-Za-z0-9_-]{8,120}$/D', $key ) ) {
		$settings['write_key'] = $key;
	} else {
		add_settings_error( 'convey_settings', 'write_key', __( 'The write key is not valid. Copy the key that begins with wk_ from the site in your gateway. Do not use a secret key (sk_).', 'convey' ) );
	}

	foreach ( array( 'after_a_yes', 'once_paid' ) as $box ) {
		$settings[ $box ] = empty( $input[ $box ] ) ? '' : '1';
	}
	return $settings;
}

add_action(
	'admin_init',
	static function () {
		register_setting(
			'convey',
			'convey_settings',
			array(
				'type'              => 'array',
				'sanitize_callback' => 'convey_validate_settings',
			)
		);
	}
);

// The form is saved by options.php, which requires manage_options by default.
add_filter(
	'option_page_capability_convey',
	static function () {
		return 'manage_woocommerce';
	}
);

add_action(
	'admin_menu',
	static function () {
		add_submenu_page( 'woocommerce', __( 'Convey', 'convey' ), __( 'Convey', 'convey' ), 'manage_woocommerce', 'convey', 'convey_settings_page' );
	}
);

/** Prints the settings form. */
function convey_settings_page(): void {
	if ( ! current_user_can( 'manage_woocommerce' ) ) {
		return;
	}
	$set    = convey_settings();
	$fields = array(
		'pixel'     => array( __( 'Pixel URL', 'convey' ), __( 'The URL of your gateway on the domain of the shop, such as https://data.shop.example/p.js', 'convey' ) ),
		'write_key' => array( __( 'Write key', 'convey' ), __( 'The write key of the site in your gateway. It is public.', 'convey' ) ),
	);
	$boxes  = array(
		'after_a_yes' => array( __( 'Strict', 'convey' ), __( 'Load the pixel only after the shopper consents to marketing. This needs a consent plugin that supports the WP Consent API; without one the pixel is never loaded.', 'convey' ) ),
		'once_paid'   => array( __( 'Paid orders only', 'convey' ), __( 'Do not report an order on the thank-you page before it is paid. Set purchaseOn to paid in the gateway too.', 'convey' ) ),
	);
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Convey', 'convey' ); ?></h1>
		<?php settings_errors(); ?>
		<form action="options.php" method="post">
			<?php settings_fields( 'convey' ); ?>
			<table class="form-table" role="presentation">
				<?php foreach ( $fields as $name => list( $label, $description ) ) : ?>
				<tr>
					<th scope="row"><label for="convey-<?php echo esc_attr( $name ); ?>"><?php echo esc_html( $label ); ?></label></th>
					<td>
						<input class="regular-text code" type="text" id="convey-<?php echo esc_attr( $name ); ?>" name="convey_settings[<?php echo esc_attr( $name ); ?>]" value="<?php echo esc_attr( $set[ $name ] ); ?>" required>
						<p class="description"><?php echo esc_html( $description ); ?></p>
					</td>
				</tr>
				<?php endforeach; ?>
				<?php foreach ( $boxes as $name => list( $label, $description ) ) : ?>
				<tr>
					<th scope="row"><?php echo esc_html( $label ); ?></th>
					<td><label><input type="checkbox" name="convey_settings[<?php echo esc_attr( $name ); ?>]" value="1" <?php checked( '1', $set[ $name ] ); ?>> <?php echo esc_html( $description ); ?></label></td>
				</tr>
				<?php endforeach; ?>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}

/*
 * Consent by the WP Consent API, if that plugin is active.
 */

/** Returns the name of the WP Consent API's cookie. Its value is allow or deny; it is absent before a choice. */
function convey_consent_cookie(): string {
	$config = property_exists( 'WP_Consent_API', 'config' ) ? WP_Consent_API::$config : null;
	$prefix = is_object( $config ) && method_exists( $config, 'consent_cookie_prefix' ) ? $config->consent_cookie_prefix() : 'wp_consent';
	return $prefix . '_marketing';
}

/** Returns the shopper's choice: allow, deny, or an empty string. A default of the consent plugin is not a choice. */
function convey_choice(): string {
	if ( ! function_exists( 'wp_has_consent' ) ) {
		return '';
	}
	$choice = sanitize_key( wp_unslash( $_COOKIE[ convey_consent_cookie() ] ?? '' ) );
	return in_array( $choice, array( 'allow', 'deny' ), true ) ? $choice : '';
}

add_filter( 'wp_consent_api_registered_' . plugin_basename( __FILE__ ), '__return_true' );

/*
 * Pages. A cache may store pages, so no data of a shopper is printed: the script reads the cookies.
 */

/** Encodes a value as JavaScript for a script element. */
function convey_js( $value ): string {
	return (string) wp_json_encode( $value, JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT | JSON_UNESCAPED_SLASHES );
}

/** Returns whether this page has the pixel. It requires WooCommerce. */
function convey_is_on(): bool {
	$set = convey_settings();
	return function_exists( 'WC' ) && '' !== $set['pixel'] && '' !== $set['write_key'] && ! is_admin() && ! is_feed() && ! is_preview();
}

/** Prints a script that reports one event. */
function convey_track( string $name, array $fields ): void {
	wp_print_inline_script_tag( sprintf( 'convey("track",%s,%s);', convey_js( $name ), convey_js( $fields ) ) );
}

add_action(
	'wp_head',
	static function () {
		if ( ! convey_is_on() ) {
			return;
		}
		$set    = convey_settings();
		$config = array(
			'src'    => $set['pixel'] . '?k=' . rawurlencode( $set['write_key'] ),
			'cookie' => function_exists( 'wp_has_consent' ) ? convey_consent_cookie() : '',
			'strict' => '1' === $set['after_a_yes'],
		);
		$js     = <<<'JS'
!function(settings){
	window.convey=window.convey||function(){(convey.q=convey.q||[]).push(arguments)};
	var script,reported;
	function load(){if(script)return;script=document.createElement('script');script.async=1;script.src=settings.src;document.head.appendChild(script)}
	function report(choice){
		if(choice===reported||choice!=='allow'&&choice!=='deny')return;
		reported=choice;
		convey('consent',{adStorage:choice==='allow'?'granted':'denied'});
		if(choice==='allow')load();
	}
	if(settings.cookie){
		document.cookie.split('; ').forEach(function(one){if(one.indexOf(settings.cookie+'=')===0)report(one.slice(settings.cookie.length+1))});
		document.addEventListener('wp_listen_for_consent_change',function(event){report(event.detail&&event.detail.marketing)});
	}
	if(!settings.strict)load();
}(%s);
JS;
		wp_print_inline_script_tag( sprintf( $js, convey_js( $config ) ) );
	},
	5
);

/** Converts a product to an item. The connection's itemId selects the id that the feed uses. */
function convey_item( WC_Product $product, int $quantity, float $price ): array {
	$is_variation = $product->is_type( 'variation' );
	return array_filter(
		array(
			'id'        => (string) $product->get_id(),
			'productId' => (string) ( $is_variation ? $product->get_parent_id() : $product->get_id() ),
			'variantId' => $is_variation ? (string) $product->get_id() : '',
			'sku'       => (string) $product->get_sku(),
			'name'      => (string) $product->get_name(),
			'price'     => round( $price, 2 ),
			'quantity'  => $quantity,
		),
		static function ( $value ) {
			return '' !== $value;
		}
	);
}

add_action(
	'wp_footer',
	static function () {
		if ( ! convey_is_on() ) {
			return;
		}
		$product = is_product() ? wc_get_product( get_queried_object_id() ) : null;
		$fields  = array();
		if ( $product instanceof WC_Product ) {
			$price  = (float) wc_get_price_to_display( $product );
			$fields = array(
				'value'    => round( $price, 2 ),
				'currency' => get_woocommerce_currency(),
				'items'    => array( convey_item( $product, 1, $price ) ),
			);
			convey_track( 'ViewContent', $fields );
		}
		// The script reports AddToCart when the button is pressed, because the server's response may come from a cache.
		$js = <<<'JS'
!function(shown){
	document.addEventListener('submit',function(event){
		var form=event.target,item=shown.items&&Object.assign({},shown.items[0]);
		if(!item||!form.matches('form.cart'))return;
		var fields=form.elements,variation=fields.variation_id&&+fields.variation_id.value;
		item.quantity=fields.quantity&&+fields.quantity.value||1;
		if(variation){item.id=item.variantId=String(variation);delete item.price;delete item.sku}
		var value=item.price===undefined?{}:{value:Math.round(item.price*item.quantity*100)/100,currency:shown.currency};
		convey('track','AddToCart',Object.assign({items:[item]},value));
	});
	document.addEventListener('click',function(event){
		var button=event.target.closest&&event.target.closest('.ajax_add_to_cart[data-product_id]');
		if(!button)return;
		var item={id:button.dataset.product_id,productId:button.dataset.product_id,quantity:+button.dataset.quantity||1};
		if(button.dataset.product_sku)item.sku=button.dataset.product_sku;
		convey('track','AddToCart',{items:[item]});
	});
}(%s);
JS;
		wp_print_inline_script_tag( sprintf( $js, convey_js( (object) $fields ) ) );
		convey_begin_checkout();
	}
);

/** Reports InitiateCheckout once for each content of the cart. WooCommerce excludes the checkout page from caches. */
function convey_begin_checkout(): void {
	if ( ! is_checkout() || is_wc_endpoint_url() || ! WC()->cart || WC()->cart->is_empty() || ! WC()->session ) {
		return;
	}
	$hash = WC()->cart->get_cart_hash();
	if ( WC()->session->get( 'convey_checkout' ) === $hash ) {
		return;
	}
	WC()->session->set( 'convey_checkout', $hash );
	$items = array();
	foreach ( WC()->cart->get_cart() as $line ) {
		$quantity = max( 1, (int) $line['quantity'] );
		$items[]  = convey_item( $line['data'], $quantity, (float) $line['line_total'] / $quantity );
	}
	convey_track(
		'InitiateCheckout',
		array(
			'value'      => round( (float) WC()->cart->get_total( 'edit' ), 2 ),
			'currency'   => get_woocommerce_currency(),
			'items'      => $items,
			'checkoutId' => convey_checkout_id(),
		)
	);
}

/** Returns a random id of this checkout and its order. It ends with the order. */
function convey_checkout_id(): string {
	$session = WC()->session;
	if ( ! $session ) {
		return '';
	}
	if ( ! $session->get( 'convey_checkout_id' ) ) {
		$session->set( 'convey_checkout_id', bin2hex( random_bytes( 16 ) ) );
	}
	return $session->get( 'convey_checkout_id' );
}

/*
 * Orders. WooCommerce's webhook includes their metadata.
 */

/**
 * Returns the visitor id of the gateway's cookie, which exists only while consent counts as granted; `denied` after a denial in
 * the consent plugin or by Global Privacy Control; otherwise an empty string. In strict mode no pixel removes the cookie when the
 * consent expires, so the cookie alone does not count.
 */
function convey_visitor(): string {
	$choice = convey_choice();
	if ( 'deny' === $choice ) {
		return 'denied';
	}
	$visitor  = sanitize_key( wp_unslash( $_COOKIE['_cv_id'] ?? '' ) );
	$is_known = 'allow' === $choice || '1' !== convey_settings()['after_a_yes'];
	if ( $is_known && preg_match( '/^[0-9a-f]{32}$/D', $visitor ) ) {
		return $visitor;
	}
	return '' === $choice && '1' === ( $_SERVER['HTTP_SEC_GPC'] ?? '' ) ? 'denied' : '';
}

/** Sets an order's metadata. Removes what is empty. */
function convey_store_meta( WC_Order $order, array $meta ): void {
	foreach ( $meta as $key => $value ) {
		if ( '' === $value ) {
			$order->delete_meta_data( $key );
		} else {
			$order->update_meta_data( $key, $value );
		}
	}
}

/** Stores visitor and checkout on an order before it is saved. A second attempt at the checkout replaces them. */
function convey_store_visitor( WC_Order $order ): void {
	convey_store_meta(
		$order,
		array(
			'_convey_visitor'  => convey_visitor(),
			'_convey_checkout' => convey_checkout_id(),
		)
	);
}
add_action( 'woocommerce_checkout_create_order', 'convey_store_visitor' );
add_action( 'woocommerce_store_api_checkout_update_order_from_request', 'convey_store_visitor' );

/**
 * Stores what WooCommerce's webhook lacks for rules: tags, the number of the customer's orders including this one, and whether the order
 * begins a subscription. The tags are the customer's roles, such as wholesale_customer, and those of the filter convey_order_tags.
 *
 * Orders: https://github.com/woocommerce/woocommerce/wiki/wc_get_orders-and-WC_Order_Query (2026-11)
 */
function convey_store_facts( WC_Order $order ): void {
	$user  = $order->get_customer_id() ? get_userdata( $order->get_customer_id() ) : false;
	$roles = $user ? array_diff( $user->roles, array( 'customer', 'subscriber' ) ) : array();
	$tags  = array_filter( (array) apply_filters( 'convey_order_tags', array_values( $roles ), $order ), 'is_string' );
	$who   = $order->get_customer_id() ? $order->get_customer_id() : $order->get_billing_email();
	$count = $who ? wc_get_orders(
		array(
			'customer' => $who,
			'status'   => array_merge( wc_get_is_paid_statuses(), array( 'on-hold' ) ),
			'exclude'  => array( $order->get_id() ),
			'limit'    => 1,
			'return'   => 'ids',
			'paginate' => true,
		)
	)->total + 1 : 0;
	$first = is_callable( array( 'WC_Subscriptions_Cart', 'cart_contains_subscription' ) ) && WC_Subscriptions_Cart::cart_contains_subscription();
	convey_store_meta(
		$order,
		array(
			'_convey_tags'         => implode( ',', str_replace( ',', ' ', $tags ) ),
			'_convey_order_count'  => $count ? (string) $count : '',
			'_convey_subscription' => $first ? 'first' : '',
		)
	);
}
add_action( 'woocommerce_checkout_create_order', 'convey_store_facts' );
add_action( 'woocommerce_store_api_checkout_update_order_from_request', 'convey_store_facts' );

/** Ends the checkout. The next order gets another checkout id. */
function convey_end_checkout(): void {
	if ( WC()->session ) {
		WC()->session->set( 'convey_checkout_id', null );
		WC()->session->set( 'convey_checkout', null );
	}
}

/**
 * Returns the event id of the order's purchase; the webhook creates the same id. Order numbers are predictable, so the id includes
 * the order key, which only the shopper and the shop know: the purchase cannot be reported in advance.
 */
function convey_event_id( WC_Order $order ): string {
	return 'purchase-' . $order->get_id() . '-' . substr( hash( 'sha256', $order->get_order_key() ), 0, 16 );
}

add_action(
	'woocommerce_thankyou',
	static function ( $order_id ) {
		$order = convey_is_on() ? wc_get_order( $order_id ) : null;
		$key   = sanitize_text_field( wp_unslash( $_GET['key'] ?? '' ) ); // phpcs:ignore WordPress.Security.NonceVerification.Recommended -- The order's key is the proof.
		if ( ! $order instanceof WC_Order || ! $order->key_is_valid( $key ) || $order->has_status( array( 'failed', 'cancelled', 'refunded' ) ) ) {
			return;
		}
		convey_end_checkout();
		// The payment is not complete. The webhook reports the order when it is.
		if ( $order->has_status( 'pending' ) ) {
			return;
		}
		if ( '1' === convey_settings()['once_paid'] && ! $order->is_paid() ) {
			return;
		}
		// The page reports an order once, in any browser.
		if ( $order->get_meta( '_convey_told' ) ) {
			return;
		}
		// In strict mode nothing is reported before consent.
		if ( '1' !== convey_settings()['after_a_yes'] || 'allow' === convey_choice() ) {
			$order->update_meta_data( '_convey_told', '1' );
			$order->save_meta_data();
		}

		$items = array();
		foreach ( $order->get_items() as $line ) {
			$product = $line->get_product();
			if ( $product instanceof WC_Product ) {
				$items[] = convey_item( $product, (int) $line->get_quantity(), (float) $order->get_item_total( $line, false, false ) );
			}
		}
		convey_track(
			'Purchase',
			array(
				'id'       => convey_event_id( $order ),
				'orderId'  => (string) $order->get_id(),
				'value'    => round( (float) $order->get_total(), 2 ),
				'currency' => $order->get_currency(),
				'items'    => $items,
				'user'     => (object) array_filter(
					array(
						'email' => $order->get_billing_email(),
						'phone' => $order->get_billing_phone(),
					)
				),
			) + array_filter( array( 'checkoutId' => (string) $order->get_meta( '_convey_checkout' ) ) )
		);
	}
);

// WooCommerce's removal of personal data from orders includes the visitor.
add_filter(
	'woocommerce_privacy_remove_order_personal_data_meta',
	static function ( $meta ) {
		return array_merge(
			(array) $meta,
			array(
				'_convey_visitor'     => 'text',
				'_convey_checkout'    => 'text',
				'_convey_tags'        => 'text',
				'_convey_order_count' => 'text',
			)
		);
	}
);
